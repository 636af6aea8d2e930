// Package link is the tablet's one MQTT session with the cloud. It is the only
// package that knows the MQTT client.
//
// A connection is made from scratch each time: nothing of the client's own
// reconnecting, storing or resuming is used, because the journal is the only
// queue and the client would complete messages that were never delivered.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"muster/device"
	"muster/sync/wire"
)

// Config is what a link works with.
type Config struct {
	Address wire.Address
	Brokers func() []string                        // "host:port", any of which will do; called for each attempt
	TLS     func(host string) (*tls.Config, error) // called for each connection to a broker
	Now     func() time.Time                       // the best estimate of the cloud's time
	// Serve uses a session until it ends or is of no more use. When it returns,
	// the session is closed and the next one is tried.
	Serve func(context.Context, *Session) error
	// State is told of every change. It must not block.
	State func(device.Link)
	// Refused is told when a broker or its TLS turned the tablet away, as opposed
	// to not answering. It may block; the next attempt waits for it.
	Refused func(context.Context, error)
	// Dial opens a TCP connection; nil: really.
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	Logger *slog.Logger
}

// Link keeps one session at a time. Make one with New.
type Link struct {
	Config
	retry chan struct{}
}

// New returns a link that Run keeps up.
func New(c Config) *Link {
	if c.Dial == nil {
		c.Dial = (&net.Dialer{KeepAlive: keepAlive}).DialContext
	}
	return &Link{Config: c, retry: make(chan struct{}, 1)}
}

// The pause before the next attempt is drawn evenly from nothing up to as long as
// the trouble has lasted: a short outage is over soon after its end, and a whole
// fleet that was cut off for long comes back spread out.
const (
	firstPause = time.Second
	longPause  = time.Minute
	settled    = 30 * time.Second // a session that lived this long was no failure
)

// Run connects, serves and connects again until ctx ends.
func (l *Link) Run(ctx context.Context) {
	trouble := time.Now() // since when there has been no session that lived
	l.State(device.Link{Since: time.Now(), Reason: "not connected yet"})
	for ctx.Err() == nil {
		began := time.Now()
		online, err := l.once(ctx)
		if ctx.Err() != nil {
			break
		}
		if online && time.Since(began) > settled {
			trouble = time.Now()
		}
		l.Logger.Info("link down", "error", err)
		if !online {
			l.State(device.Link{Since: time.Now(), Reason: reason(err)})
			if Refused(err) {
				l.Refused(ctx, err)
			}
		}
		l.rest(ctx, pauseAfter(time.Since(trouble)))
	}
}

// once makes one connection and serves it. online tells whether it came about.
func (l *Link) once(ctx context.Context) (online bool, err error) {
	s, err := l.dial(ctx)
	if err != nil {
		return false, err
	}
	l.Logger.Info("link up")
	l.State(device.Link{Online: true, Since: time.Now()})
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	err = l.Serve(ctx, s)
	if cause := context.Cause(s.ctx); cause != nil {
		err = cause
	}
	stop()
	cancel(nil)
	s.close()
	l.State(device.Link{Since: time.Now(), Reason: reason(err)})
	return true, err
}

// pauseAfter returns the longest pause after trouble of a length.
func pauseAfter(trouble time.Duration) time.Duration {
	return min(max(trouble, firstPause), longPause)
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
	var op *net.OpError
	return errors.Is(err, packets.ErrorRefusedNotAuthorised) || errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword) ||
		errors.Is(err, packets.ErrorRefusedIDRejected) || errors.As(err, &op) && op.Op == "remote error"
}
