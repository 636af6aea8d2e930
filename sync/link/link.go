// Package link is the tablet's one MQTT session with the cloud. It is the only
// package that knows the MQTT client.
//
// A connection is made from scratch each time: nothing of the client's own
// reconnecting, storing or resuming is used, because the journal is the only
// queue and the client would complete messages that were never delivered.
package link

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"muster/device"
	"muster/sync/wire"
)

// Config is what a link works with.
type Config struct {
	Address wire.Address
	Brokers func() []string  // "host:port", any of which will do; called for each round
	Now     func() time.Time // the best estimate of the cloud's time
	// TLS is called for each round: all addresses that it tries are shown the same
	// certificate.
	TLS func() (func(host string) *tls.Config, error)
	// Serve uses a session until it ends or is of no more use. When it returns,
	// the session is closed and the next one is tried.
	Serve func(context.Context, *Session) error
	// State is told of every change. It must not block.
	State func(device.Link)
	// Refused is told when a broker or its TLS turned the tablet away, as opposed
	// to not answering. It may block; the next attempt waits for it.
	Refused func(context.Context, error)
	// Dial opens a TCP connection; nil: really.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Lookup finds the addresses of a name; nil: as the system does.
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Impatience is how long an address may take to answer before the next one is
	// tried as well; 0: 2 s.
	Impatience time.Duration
	// Silence is how long a broker may leave what it was sent unconfirmed, and say
	// nothing else, before the tablet looks whether another one answers; 0: 5 s.
	// Before the session stands it is three times as long.
	Silence time.Duration
	Logger  *slog.Logger
}

// Link keeps one session at a time. Make one with New.
type Link struct {
	Config
	retry chan struct{}
	sour  sour
	left  left
	other place // where another broker answered when one was left; tried first in the next round
}

// New returns a link that Run keeps up.
func New(c Config) *Link {
	if c.Dial == nil {
		c.Dial = (&net.Dialer{KeepAlive: keepAlive}).DialContext
	}
	if c.Lookup == nil {
		c.Lookup = net.DefaultResolver.LookupNetIP
	}
	c.Impatience, c.Silence = cmp.Or(c.Impatience, 2*time.Second), cmp.Or(c.Silence, 5*time.Second)
	return &Link{Config: c, retry: make(chan struct{}, 1)}
}

// The pause before the next round of all addresses is drawn evenly from nothing up to
// as long as there has been no session: a short outage is over soon after its end, and
// a whole fleet that was cut off for long comes back spread out. At least that is a
// second, so that those whose replica died don't fall on another one in the same
// moment, and twice as long with each session in a row, after the first, that didn't
// last.
const (
	firstPause = time.Second
	longPause  = time.Minute
	settled    = 30 * time.Second // a session that lived this long was no failure
)

// Run connects, serves and connects again until ctx ends.
func (l *Link) Run(ctx context.Context) {
	luck := record{down: time.Now()}
	l.State(device.Link{Since: time.Now(), Reason: "not connected yet"})
	for ctx.Err() == nil {
		lived, online, err := l.once(ctx)
		if ctx.Err() != nil {
			break
		}
		if online {
			luck.ended(lived)
		}
		l.Logger.Info("link down", "error", err)
		if !online {
			l.State(device.Link{Since: time.Now(), Reason: reason(err)})
			if Refused(err) {
				l.Refused(ctx, err)
			}
		}
		l.rest(ctx, luck.pause())
	}
}

// once makes one connection and serves it. online tells whether it came about.
func (l *Link) once(ctx context.Context) (lived time.Duration, online bool, err error) {
	s, err := l.dial(ctx)
	if err != nil {
		return 0, false, err
	}
	began := time.Now()
	l.Logger.Info("link up", "broker", s.place.address)
	l.State(device.Link{Online: true, Since: began})
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	err = l.Serve(ctx, s)
	if cause := context.Cause(s.ctx); cause != nil {
		err = cause
		l.sour.note(s.place)
		if errors.Is(cause, errSilent) {
			l.left.note(s.broker)
			l.other = s.lookout.found
		}
	}
	stop()
	cancel(nil)
	s.close()
	l.State(device.Link{Since: time.Now(), Reason: reason(err)})
	return time.Since(began), true, err
}

// record is how a tablet fared with its sessions.
type record struct {
	down  time.Time // since when there is none
	short int       // how many in a row did not last
}

// ended takes note that a session is over.
func (r *record) ended(lived time.Duration) {
	r.down = time.Now()
	r.short++
	if lived > settled {
		r.short = 0
	}
}

// pause returns the longest pause before the next round.
func (r *record) pause() time.Duration { return pauseAfter(time.Since(r.down), r.short) }

// pauseAfter returns the longest pause when there has been no session for so long,
// after so many short ones in a row.
func pauseAfter(down time.Duration, short int) time.Duration {
	return min(max(down, firstPause<<min(max(short-1, 0), 10)), longPause)
}

func (l *Link) rest(ctx context.Context, limit time.Duration) {
	t := time.NewTimer(time.Duration(rand.Int64N(int64(limit) + 1)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.retry:
	case <-ctx.Done():
	}
}

// Retry makes the next attempt without waiting for its time.
func (l *Link) Retry() {
	select {
	case l.retry <- struct{}{}:
	default:
	}
}

func reason(err error) string {
	if err == nil {
		return "closed"
	}
	return err.Error()
}

// Refused tells whether a tablet was turned away for who it is: by the broker,
// or by an alert of its TLS.
func Refused(err error) bool {
	var each failures
	if errors.As(err, &each) {
		return slices.ContainsFunc(each, Refused) // one is enough, whatever became of others
	}
	var op *net.OpError
	return errors.Is(err, packets.ErrorRefusedNotAuthorised) || errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword) ||
		errors.Is(err, packets.ErrorRefusedIDRejected) || errors.As(err, &op) && op.Op == "remote error"
}
