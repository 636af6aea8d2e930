package link

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"time"
)

// runner is a TLS connection that came about, or why it didn't.
type runner struct {
	place place
	began time.Time
	conn  *tls.Conn
	err   error
}

// race opens connections to several places, and hands them out as they come about.
// The next place is tried as soon as one fails, and beside those that have not
// answered for a while: one that hangs holds nobody up, and one that is only slow,
// because a whole fleet comes back to it, is not given up for that. It gets as far as
// TLS: a broker that is greeted by MQTT has every other replica end what it has
// of the tablet.
//
// It belongs to one goroutine.
type race struct {
	waiting []place
	open    func(context.Context, place) (*tls.Conn, error)
	after   time.Duration // how long to wait before the next is tried as well

	running map[place]time.Time // since when
	ended   chan runner
	errs    failures
	stop    context.CancelFunc
	ctx     context.Context
}

func newRace(ctx context.Context, places []place, after time.Duration, open func(context.Context, place) (*tls.Conn, error)) *race {
	r := &race{waiting: places, open: open, after: after, running: map[place]time.Time{}, ended: make(chan runner, len(places))}
	r.ctx, r.stop = context.WithCancel(ctx)
	return r
}

// next returns the next connection. It fails when no place is left that could give
// one.
func (r *race) next() (runner, error) {
	for {
		if len(r.running) == 0 && !r.begin() {
			return runner{}, r.errs.err()
		}
		impatient, stop := r.impatience()
		select {
		case done := <-r.ended:
			stop()
			delete(r.running, done.place)
			if done.err == nil {
				return done, nil
			}
			r.errs = append(r.errs, done.err)
			r.begin()
		case <-impatient:
			r.begin()
		case <-r.ctx.Done():
			stop()
			return runner{}, r.ctx.Err()
		}
	}
}

// impatience returns what fires when it is time to try another place as well.
func (r *race) impatience() (<-chan time.Time, func()) {
	if len(r.waiting) == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(r.after)
	return t.C, func() { t.Stop() }
}

// begin tries the next place and tells whether there was one.
func (r *race) begin() bool {
	if len(r.waiting) == 0 {
		return false
	}
	p, began := r.waiting[0], time.Now()
	r.waiting = r.waiting[1:]
	r.running[p] = began
	go func() {
		conn, err := r.open(r.ctx, p)
		r.ended <- runner{p, began, conn, err}
	}()
	return true
}

// overtaken returns the places that were tried before another and have not
// answered.
func (r *race) overtaken(by runner) (slow []place) {
	for p, began := range r.running {
		if began.Before(by.began) {
			slow = append(slow, p)
		}
	}
	return slow
}

// close ends the attempts that go on, and returns when they have.
func (r *race) close() {
	r.stop()
	for range r.running {
		if late := <-r.ended; late.conn != nil {
			_ = late.conn.NetConn().Close() // nothing was said on it
		}
	}
	r.running = nil
}

// failures is why several attempts failed, in one line.
type failures []error

func (f failures) err() error {
	switch len(f) {
	case 0:
		return errors.New("no broker is known")
	case 1:
		return f[0]
	}
	return f
}

func (f failures) Error() string {
	all := make([]string, len(f))
	for i, err := range f {
		all[i] = err.Error()
	}
	return strings.Join(all, "; ")
}

// Unwrap has errors.Is and errors.As look at each.
func (f failures) Unwrap() []error { return f }

// race begins one for places that are all shown the same certificate.
func (l *Link) race(ctx context.Context, places []place, with func(host string) *tls.Config) *race {
	return newRace(ctx, places, l.Impatience, func(ctx context.Context, p place) (*tls.Conn, error) {
		return l.connect(ctx, p, with(p.host))
	})
}

// connect makes a TLS connection to a place. The end of ctx ends it, whatever is
// being waited for.
func (l *Link) connect(ctx context.Context, p place, conf *tls.Config) (*tls.Conn, error) {
	reach, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	raw, err := l.Dial(reach, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn := tls.Client(raw, conf)
	if err := conn.HandshakeContext(limited); err != nil {
		_ = raw.Close() // nothing to do about its error
		return nil, err
	}
	return conn, nil
}
