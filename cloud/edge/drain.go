package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

var errDraining = errors.New("this replica takes no tablets")

// greet is what the broker asks at the begin of each connection, also of one that takes
// up a TLS session of before, for which no certificate is asked for. While the edge
// drains or is shut, the connection is closed without a word: a tablet that hears
// no refusal tries the next address of its list at once.
func (e *Edge) greet(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if e.draining.Load() || e.shut.Load() {
		return nil, errors.Join(errDraining, hello.Conn.Close())
	}
	e.lines.note(hello)
	return nil, nil //nolint:nilnil // the broker's own
}

// How tablets are sent away: not faster than others can take them in.
const (
	drainEach = 2 * time.Millisecond
	drainMost = 10 * time.Second
)

// Drain lets nobody in any more and sends the tablets away, one after another in
// no order, so that they go to other replicas; what they have sent is still
// handed over. It ends early with ctx.
func (e *Edge) Drain(ctx context.Context) {
	e.draining.Store(true)
	e.sendAway(ctx)
}

// Shut lets nobody in until Reopen, and sends the tablets away as Drain does. Called
// again it sends those away that were coming in just then.
func (e *Edge) Shut(ctx context.Context) {
	e.shut.Store(true)
	e.sendAway(ctx)
}

// Reopen lets tablets in again after Shut.
func (e *Edge) Reopen() { e.shut.Store(false) }

func (e *Edge) sendAway(ctx context.Context) {
	conns, err := e.srv.Connz(&server.ConnzOptions{Limit: 1 << 20})
	if err != nil {
		e.log.Error("drain", "err", err)
		return
	}
	var tablets []*server.ConnInfo
	for _, c := range conns.Conns {
		if c.MQTTClient != "" {
			tablets = append(tablets, c)
		}
	}
	if len(tablets) == 0 {
		return
	}
	rand.Shuffle(len(tablets), func(i, j int) { tablets[i], tablets[j] = tablets[j], tablets[i] })
	e.log.Info("sending tablets away", "tablets", len(tablets))
	pause := min(drainEach, drainMost/time.Duration(max(1, len(tablets))))
	for _, c := range tablets {
		e.hangUp(c) // unless it has gone by itself
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}
