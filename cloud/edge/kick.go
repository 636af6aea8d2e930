package edge

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"muster/attendance"
)

const kickSubject = "kick"

// Kick cuts a tablet's connection, at whichever replica it is. Revoke the tablet
// first: one that is just being let in is found by its client id too, and one
// that comes later is turned away.
func (e *Edge) Kick(dev attendance.DeviceID) error {
	if err := e.nc.Publish(kickSubject, []byte(dev)); err != nil {
		return fmt.Errorf("kick %s: %w", dev, err)
	}
	return e.nc.Flush()
}

func (e *Edge) serveKicks() error {
	_, err := e.nc.Subscribe(kickSubject, func(m *nats.Msg) {
		e.Cut(attendance.DeviceID(m.Data))
	})
	if err != nil {
		return fmt.Errorf("kicks: %w", err)
	}
	return nil
}

// Cut is Kick for connections of this edge alone.
func (e *Edge) Cut(dev attendance.DeviceID) {
	if n := e.cut(string(dev)); n > 0 {
		e.log.Info("tablet cut", "device", dev, "connections", n)
	}
}

// cut closes this edge's connections of an MQTT client.
func (e *Edge) cut(client string) (n int) {
	conns, err := e.srv.Connz(&server.ConnzOptions{MQTTClient: client})
	if err != nil {
		e.log.Error("find connections", "device", client, "err", err)
		return 0
	}
	for _, c := range conns.Conns {
		if e.hangUp(c) {
			n++
		}
	}
	return n
}
