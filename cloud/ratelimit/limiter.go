// Package ratelimit counts events by who causes them, such as attempts to sign in by
// network, and refuses what comes too often. However many there are who cause
// events, the memory for them is bounded.
package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxKeys bounds the memory that strangers can make us use.
const maxKeys = 20_000

// Limiter allows each key so many events at once and so many in the long run. It is
// safe for use by many goroutines and needs none of its own.
type Limiter struct {
	now   func() time.Time
	burst int
	every time.Duration // one more each

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

// New returns a limiter that allows each key burst events at once, and one more each
// time that every has passed.
func New(now func() time.Time, burst int, every time.Duration) *Limiter {
	return &Limiter{now: now, burst: burst, every: every, keys: map[string]*rate.Limiter{}}
}

// PerSecond returns a limiter for programs: each key may have so many events a second, and
// save up twelve seconds of them. 0 or less: 50, which is enough for a program that keeps a
// list of people up to date, and above what directories make of themselves.
func PerSecond(now func() time.Time, n int) *Limiter {
	if n <= 0 {
		n = 50
	}
	return New(now, 12*n, time.Second/time.Duration(n))
}

// Allow counts an event of a key and tells whether it may go ahead.
func (l *Limiter) Allow(key string) bool { return l.Wait(key) == 0 }

// Wait counts an event of a key and returns 0 when it may go ahead, otherwise how
// long to wait before the next attempt.
func (l *Limiter) Wait(key string) time.Duration {
	now := l.now()
	one := l.of(key, now)
	if one.AllowN(now, 1) {
		return 0
	}
	return max(time.Millisecond, time.Duration((1-one.TokensAt(now))*float64(l.every)))
}

// Take counts an event of a key; ok is false when the key has none left. giveBack
// undoes that, for events that turned out to be harmless.
func (l *Limiter) Take(key string) (giveBack func(), ok bool) {
	now := l.now()
	one := l.of(key, now)
	if !one.AllowN(now, 1) {
		return nil, false
	}
	return func() { one.AllowN(l.now(), -1) }, true // never beyond the burst
}

func (l *Limiter) of(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.keys[key]
	if !ok {
		if len(l.keys) >= maxKeys {
			l.sweep(now)
		}
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.keys[key] = one
	}
	return one
}

// sweep forgets the keys that have all their events back. Where that isn't enough it
// makes half of the room free: first of keys that have an event left, then of any.
func (l *Limiter) sweep(now time.Time) {
	for i, left := range []float64{float64(l.burst), 1, 0} {
		for key, one := range l.keys {
			if i > 0 && len(l.keys) <= maxKeys/2 {
				return
			}
			if one.TokensAt(now) >= left {
				delete(l.keys, key)
			}
		}
	}
}
