package link

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// errSilent ends a session whose broker doesn't answer while another one does.
var errSilent = errors.New("the broker is silent, and another one answers")

// greeting is how many times as long a broker may be silent before the session stands:
// where a whole fleet comes in at once, most of its waiting is for that.
const greeting = 3

// quick is the part of a silence in which another broker has to answer. All that it
// is asked for is TLS, which takes less of it than a confirmation does; so of two
// that have both too much to do, the other one is no better.
const quick = 3

// longest is the most between two looks.
const longest = 5 * time.Minute

// lookout is how a session looks for another broker. It belongs to whoever has
// taken its turn.
type lookout struct {
	turn     chan struct{}
	looked   time.Time                                 // last
	patience time.Duration                             // how long a silence has to be for the next time
	other    func(context.Context, time.Duration) bool // whether another broker answers within so long
	found    place                                     // where one did
}

// hears takes note that the broker has said something.
func (s *Session) hears() { s.heard.Store(int64(time.Since(s.born))) }

// heardAt returns when the broker last said anything.
func (s *Session) heardAt() time.Time { return s.born.Add(time.Duration(s.heard.Load())) }

// confirmed waits until the broker has confirmed a message, or the session ends. The
// confirmation means nothing for what was sent; that there is none means that the
// broker hangs, or the line. A keepalive notices that in the end, after forty seconds
// or more, and a timeout where the session doesn't stand yet. Sooner than that a broker
// is given up only when there is somewhere to go: under one that is merely slow, because
// a whole fleet comes back to it, coming anew would make it slower.
func (s *Session) confirmed(token mqtt.Token, patience time.Duration) {
	since := time.Now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-token.Done():
			s.hears()
			return
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		if heard := s.heardAt(); heard.After(since) {
			since = heard
		}
		if quiet := time.Since(since); quiet < patience {
			timer.Reset(patience - quiet)
			continue
		}
		timer.Reset(s.look(since, patience))
	}
}

// look ends the session if another broker answers quickly, and this one has still not.
// It returns how long to wait for the next look: while the silence lasts there is one
// each time it has become about twice as long, since hundreds of tablets that look are
// a load as well.
func (s *Session) look(since time.Time, patience time.Duration) time.Duration {
	l := &s.lookout
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	default:
		return patience // somebody looks, for another message
	}
	if s.heardAt().After(l.looked) {
		l.patience = patience
	}
	quiet := time.Since(since)
	if quiet >= l.patience {
		l.looked, l.patience = time.Now(), quiet+min(quiet/2+rand.N(quiet), longest)
		if l.other(s.ctx, quiet/quick) && s.ctx.Err() == nil && !s.heardAt().After(since) {
			s.end(errSilent)
		}
	}
	return l.patience - time.Since(since)
}
