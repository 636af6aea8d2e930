package link

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// errSilent ends a session whose broker doesn't answer while another one does.
var errSilent = errors.New("the broker is silent, and another one answers")

// confirmed waits until the broker has confirmed a message, or the session ends. The
// confirmation means nothing for what was sent; that there is none means that the
// broker hangs, or the line. A keepalive notices that in the end, after forty seconds
// or more. Sooner than that a session is given up only when there is somewhere to
// go: under a broker that is merely slow, because a whole fleet comes back to it,
// coming anew would make it slower.
func (s *Session) confirmed(token mqtt.Token) {
	since := time.Now()
	timer := time.NewTimer(s.silence)
	defer timer.Stop()
	for {
		select {
		case <-token.Done():
			s.heard.Store(time.Now().UnixNano())
			return
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		if heard := time.Unix(0, s.heard.Load()); heard.After(since) {
			since = heard
		}
		if quiet := time.Since(since); quiet < s.silence {
			timer.Reset(s.silence - quiet)
			continue
		}
		s.knock(since)
		timer.Reset(s.silence)
	}
}

// knock ends the session if another place answers, and this one has still not.
func (s *Session) knock(quiet time.Time) {
	if !s.knocking.CompareAndSwap(false, true) {
		return
	}
	defer s.knocking.Store(false)
	if s.elsewhere(s.ctx) && s.ctx.Err() == nil && s.heard.Load() <= quiet.UnixNano() {
		s.end(errSilent)
	}
}

// elsewhere tells whether a broker answers at another place.
func (l *Link) elsewhere(ctx context.Context, from place, with func(host string) *tls.Config) bool {
	places, err := l.places(ctx)
	if err != nil {
		return false
	}
	places = slices.DeleteFunc(places, func(p place) bool { return p.address == from.address })
	r := l.race(ctx, places, with)
	defer r.close()
	other, err := r.next()
	if err != nil {
		return false
	}
	_ = other.conn.Close() // it has answered
	return true
}
