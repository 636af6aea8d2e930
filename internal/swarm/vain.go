package swarm

import (
	"context"
	"net"
	"sync"
)

// vain tells whether a tablet waited in vain for an address that says nothing: whether it tried that one with
// no other beside it until it was given up, and only then another. It goes by the order of things and not by
// how long they took, which on a busy machine is anybody's guess. Its zero value knows of no such address; it
// is safe for use by many goroutines.
type vain struct {
	mu     sync.Mutex
	mute   string
	others int  // attempts at others, and connections to them, that are open
	alone  bool // the one at the mute address had none beside it so far
	ended  bool // such a one is over
	waited bool
}

// of begins anew with an address that says nothing; "": there is none.
func (v *vain) of(mute string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mute, v.alone, v.ended, v.waited = mute, false, false, false
}

func (v *vain) was() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.waited
}

// begins notes an attempt; over is to be called once it has failed, or its connection is closed.
func (v *vain) begins(address string) (over func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if address == v.mute {
		v.alone = v.others == 0
		return sync.OnceFunc(func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.ended = v.ended || v.alone
		})
	}
	v.others++
	v.alone = false
	v.waited = v.waited || v.ended
	return sync.OnceFunc(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.others--
	})
}

// dial opens a connection by the tablet's gate, and notes from when to when it was tried and open.
func (v *vain) dial(ctx context.Context, g *gate, network, address string) (net.Conn, error) {
	over := v.begins(address)
	conn, err := g.dial(ctx, network, address)
	if err != nil {
		over()
		return nil, err
	}
	return &noted{conn, over}, nil
}

// noted is a connection whose end is noted.
type noted struct {
	net.Conn
	over func()
}

// Close implements net.Conn.
func (c *noted) Close() error {
	c.over()
	return c.Conn.Close()
}
