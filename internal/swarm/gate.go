package swarm

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// errCut is what a connection attempt gets while the cable is out.
var errCut = errors.New("network is unreachable (the swarm has cut it)")

// cut says how a network is gone.
type cut int

const (
	whole  cut = iota
	pulled     // attempts fail at once, connections are closed
	silent     // nothing answers, and what is written goes nowhere
)

// gate is the cable of one tablet. Its zero value is whole; it is safe for use by
// many goroutines.
type gate struct {
	mu    sync.Mutex
	state cut
	conns map[*cable]struct{}
	dials int           // attempts that were let through
	mend  chan struct{} // closed when the cable is whole again; nil while it is
}

// dial opens a connection if the cable lets it.
func (g *gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	g.mu.Lock()
	state, mend := g.state, g.mend
	if state == whole {
		g.dials++
	}
	g.mu.Unlock()
	switch state {
	case pulled:
		return nil, errCut
	case silent:
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-mend: // the next packet gets through
			return g.dial(ctx, network, address)
		}
	}
	conn, err := (&net.Dialer{Timeout: 15 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &cable{Conn: conn, gate: g, lost: make(chan struct{}), closed: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state != whole {
		return nil, errors.Join(errCut, conn.Close())
	}
	if g.conns == nil {
		g.conns = map[*cable]struct{}{}
	}
	g.conns[c] = struct{}{}
	return c, nil
}

// cut takes the cable out. Connections that were cut silently stay dead for good:
// what was written meanwhile is gone.
func (g *gate) cut(how cut) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = how
	if g.mend == nil {
		g.mend = make(chan struct{})
	}
	for c := range g.conns {
		if how == silent {
			c.lose()
			continue
		}
		c.reset.Store(true)
		_ = c.Conn.Close() // nothing to do about it
	}
}

// join makes the cable whole.
func (g *gate) join() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = whole
	if g.mend != nil {
		close(g.mend)
		g.mend = nil
	}
}

// attempts returns how many connection attempts were let through.
func (g *gate) attempts() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dials
}

// cable is a connection through a gate.
type cable struct {
	net.Conn
	gate   *gate
	losing sync.Once
	lost   chan struct{} // closed once it carries nothing any more
	ending sync.Once
	closed chan struct{}
	reset  atomic.Bool // closed by the other side, as far as its user can tell
}

func (c *cable) lose() { c.losing.Do(func() { close(c.lost) }) }

// Read returns what comes, and nothing once the connection is lost.
func (c *cable) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	select {
	case <-c.lost:
		if err != nil {
			return 0, err
		}
		<-c.closed
		return 0, net.ErrClosed
	default:
		return n, c.why(err)
	}
}

// why has a cut look like what it is: that one has closed a connection oneself
// is no news to anybody.
func (c *cable) why(err error) error {
	if err != nil && c.reset.Load() {
		return syscall.ECONNRESET
	}
	return err
}

// Write sends, or pretends to once the connection is lost.
func (c *cable) Write(p []byte) (int, error) {
	select {
	case <-c.lost:
		return len(p), nil
	default:
		n, err := c.Conn.Write(p)
		return n, c.why(err)
	}
}

// Close ends the connection.
func (c *cable) Close() error {
	c.ending.Do(func() { close(c.closed) })
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}
