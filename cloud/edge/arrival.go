package edge

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"muster/attendance"
)

// arrival is what an edge tells the others of a tablet that it lets in. One
// broker ends a tablet's older connection when a newer one comes; over several,
// the edges do so.
type arrival struct {
	Edge   string
	Device attendance.DeviceID
	Org    attendance.OrgID
	Host   string // where the tablet comes from
}

const arrivalSubject = "arrival"

// young is the age below which a connection may be newer than an arrival that is
// heard only now.
const young = 250 * time.Millisecond

func (e *Edge) arrived(org attendance.OrgID, dev attendance.DeviceID, host string) {
	if !e.Hub().Wanted {
		return
	}
	body, err := json.Marshal(arrival{e.self, dev, org, host})
	if err == nil {
		err = e.nc.Publish(arrivalSubject, body)
	}
	if err != nil {
		e.log.Warn("arrival", "device", dev, "err", err)
	}
}

// serveArrivals cuts what is left here of a tablet that has come in elsewhere.
// Mostly that is a dead connection that nobody has noticed. Where it is alive
// and comes back, and that again and again, there are two tablets.
func (e *Edge) serveArrivals() error {
	return e.hear(arrivalSubject, func(m *nats.Msg) {
		var a arrival
		if err := json.Unmarshal(m.Data, &a); err != nil {
			e.log.Warn("arrival can't be read", "err", err)
			return
		}
		if a.Edge == e.self {
			return
		}
		conns, err := e.srv.Connz(&server.ConnzOptions{MQTTClient: string(a.Device)})
		if err != nil || len(conns.Conns) == 0 || time.Since(conns.Conns[0].Start) < young {
			return
		}
		from := conns.Conns[0].IP
		e.log.Info("tablet has come in elsewhere", "device", a.Device, "address", a.Host, "before", from)
		e.Cut(a.Device)
		if from != a.Host && e.seen.moved(a.Device, from, a.Host, time.Now()) {
			ctx, cancel := context.WithTimeout(e.ctx, lookupTimeout)
			defer cancel()
			e.tellTwins(ctx, a.Org, a.Device, a.Host, from)
		}
	})
}
