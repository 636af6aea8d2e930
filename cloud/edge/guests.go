package edge

import (
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"muster/attendance"
)

// guests are the connections by which tablets were let in, the newest of each. The
// broker would end one by itself when the same client comes again, or when what it
// was let in by has run out, but from outside, as lines says; so the edge does it
// before.
type guests struct {
	mu sync.Mutex
	of map[attendance.DeviceID]guest
}

type guest struct {
	connection uint64 // the broker's number of it
	end        *time.Timer
}

// swap puts a guest in the place of the one before it, if there is one.
func (g *guests) swap(dev attendance.DeviceID, now guest) (before guest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of == nil {
		g.of = map[attendance.DeviceID]guest{}
	}
	before = g.of[dev]
	if before.end != nil {
		before.end.Stop()
	}
	g.of[dev] = now
	return before
}

// drop forgets a guest, unless it has come again.
func (g *guests) drop(dev attendance.DeviceID, connection uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[dev].connection == connection {
		delete(g.of, dev)
	}
}

// close has no certificate's end be waited for any more.
func (g *guests) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, one := range g.of {
		one.end.Stop()
	}
	g.of = nil
}

const (
	backstop  = time.Minute          // after a certificate's end the broker does it, should the edge have failed to
	farewell  = time.Second          // how long the broker may take to let go of a connection
	lookAgain = 2 * time.Millisecond // whether it has
)

// receive ends the connection that a tablet had here before the one that is being let
// in, and sees to it that this one ends with its certificate.
func (e *Edge) receive(dev attendance.DeviceID, connection uint64, until time.Time) {
	before := e.guests.swap(dev, guest{connection, time.AfterFunc(time.Until(until), func() { e.expire(dev, connection) })})
	if before.connection == 0 || !e.end(before.connection) {
		return
	}
	for patience := time.Now().Add(farewell); len(e.connection(before.connection)) > 0 && time.Now().Before(patience); {
		select {
		case <-time.After(lookAgain):
		case <-e.ctx.Done():
			return
		}
	}
}

// expire ends a connection whose certificate has ended.
func (e *Edge) expire(dev attendance.DeviceID, connection uint64) {
	e.guests.drop(dev, connection)
	if e.end(connection) {
		e.log.Warn("a tablet's certificate has ended", "device", dev)
	}
}

// connection returns a connection of the broker, if it is open.
func (e *Edge) connection(number uint64) []*server.ConnInfo {
	conns, err := e.srv.Connz(&server.ConnzOptions{CID: number})
	if err != nil {
		return nil // there is none
	}
	return conns.Conns
}

// end hangs up and tells whether there was anything to.
func (e *Edge) end(number uint64) (was bool) {
	for _, c := range e.connection(number) {
		was = e.hangUp(c) || was
	}
	return was
}
