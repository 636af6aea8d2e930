package edge

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"muster/attendance"
	"muster/sync/wire"
)

// Hub is the core NATS cluster that joins the edges of several replicas.
type Hub struct {
	URLs        []*url.URL  // nats-leaf://host:port, of the servers of one cluster
	Credentials string      // path of a NATS credentials file, read at each connection; empty: as the URLs say
	TLS         *tls.Config // nil: none
}

// private is what must not cross between edges: each has sessions, retained
// messages and system events of its own. What tablets say is dealt with where
// they are connected: it is nobody else's business, and nobody who got into the
// hub can speak for a tablet.
func private() []string {
	any := wire.Address{Org: "*", Device: "*"}
	return []string{"$MQTT.>", "$JS.>", "$SYS.>", subject(any.Up("")) + ">"}
}

// join makes a broker's settings those of a leaf of the hub.
func (h *Hub) join(o *server.Options) {
	o.LeafNode.Remotes = []*server.RemoteLeafOpts{{
		URLs: h.URLs, TLS: h.TLS != nil, TLSConfig: h.TLS, Credentials: h.Credentials,
		DenyImports: private(), DenyExports: private(),
	}}
	o.LeafNode.ReconnectInterval = time.Second
}

// HubState says how an edge stands with the hub.
type HubState struct {
	Wanted bool      // there is one to join
	Joined bool      // it is connected
	Since  time.Time // when that last changed
}

type hubWatch struct {
	mu    sync.Mutex
	state HubState
}

// Hub returns how the edge stands with the hub now.
func (e *Edge) Hub() HubState {
	e.hub.mu.Lock()
	defer e.hub.mu.Unlock()
	return e.hub.state
}

const (
	rejoinedSubject = "rejoined"
	feedSubject     = "feed"
	hubTick         = 500 * time.Millisecond
	hubGrace        = 6 // ticks that the first connection may take before it is missed aloud
	rejoinTold      = 4 // ticks: a hub learns only after a moment who wants to hear what
)

// watchHub follows the connection to the hub, and tells every replica when it
// has come (back): whatever was said meanwhile was missed.
func (e *Edge) watchHub() {
	e.hub.state = HubState{Wanted: true, Since: time.Now()}
	e.workers.Go(func() {
		tick := time.NewTicker(hubTick)
		defer tick.Stop()
		for n := 0; ; n++ {
			joined := e.srv.NumLeafNodes() > 0
			e.hub.mu.Lock()
			changed := joined != e.hub.state.Joined
			if changed {
				e.hub.state.Joined, e.hub.state.Since = joined, time.Now()
			}
			e.hub.mu.Unlock()
			switch {
			case changed && joined:
				e.log.Info("hub joined")
				n = 0
			case changed, !joined && n == hubGrace:
				e.log.Warn("hub out of reach: this replica goes on alone; what is done at others shows here late")
				n = hubGrace
			}
			if joined && (n == 0 || n == rejoinTold) {
				if err := e.nc.Publish(rejoinedSubject, nil); err != nil {
					e.log.Warn("rejoined", "err", err)
				}
			}
			select {
			case <-tick.C:
			case <-e.ctx.Done():
				return
			}
		}
	})
}

// OnRejoined has f called when this replica or another has joined the hub, and
// so may have missed, or others of it, what was said before. f must not block.
func (e *Edge) OnRejoined(f func()) error {
	return e.hear(rejoinedSubject, func(*nats.Msg) { f() })
}

// FeedMoved tells the other replicas that a site's feed has grown.
func (e *Edge) FeedMoved(site attendance.SiteID) {
	if err := e.nc.PublishRequest(feedSubject, e.self, []byte(site)); err != nil {
		e.log.Warn("announce", "feed", site, "err", err)
	}
}

// OnFeed has f called when another replica says that a site's feed has grown. f
// must not block.
func (e *Edge) OnFeed(f func(attendance.SiteID)) error {
	return e.hear(feedSubject, func(m *nats.Msg) {
		if m.Reply != e.self {
			f(attendance.SiteID(m.Data))
		}
	})
}

func (e *Edge) hear(subject string, f nats.MsgHandler) error {
	if _, err := e.nc.Subscribe(subject, f); err != nil {
		return fmt.Errorf("hear %s: %w", subject, err)
	}
	return e.nc.Flush()
}
