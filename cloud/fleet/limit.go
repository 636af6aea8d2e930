package fleet

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limit allows each key so many events at once and so many in the long run.
type limit struct {
	every time.Duration // one more each
	burst int
	now   func() time.Time

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

// maxKeys bounds the memory that strangers can make us use.
const maxKeys = 20_000

func newLimit(now func() time.Time, burst int, every time.Duration) *limit {
	return &limit{every: every, burst: burst, now: now, keys: map[string]*rate.Limiter{}}
}

// take counts one event of a key. giveBack undoes that, for events that turned
// out to be harmless; ok is false when the key has none left.
func (l *limit) take(key string) (giveBack func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one, found := l.keys[key]
	if !found {
		if len(l.keys) >= maxKeys {
			l.sweep(now)
		}
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.keys[key] = one
	}
	r := one.ReserveN(now, 1)
	if !r.OK() || r.DelayFrom(now) > 0 {
		r.CancelAt(now)
		return func() {}, false
	}
	return func() { r.CancelAt(now) }, true
}

func (l *limit) allow(key string) bool {
	_, ok := l.take(key)
	return ok
}

// sweep forgets the keys that have all their events back, and any others if that
// isn't enough.
func (l *limit) sweep(now time.Time) {
	for key, one := range l.keys {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, key)
		}
	}
	for key := range l.keys {
		if len(l.keys) < maxKeys/2 {
			return
		}
		delete(l.keys, key)
	}
}

// neighbourhood is what counts as one address: with IPv6, the /64 that a single
// customer has for himself.
func neighbourhood(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// guesses limits the wrong codes: for each who, and for all together. 20^8 codes,
// 5 tries a second and a day of validity leave a chance of about one in 60,000
// a day to hit a given code.
type guesses struct {
	each *limit
	all  *limit
}

// try counts a guess. Call right when it was none.
func (g guesses) try(who string) (right func(), ok bool) {
	each, ok := g.each.take(who)
	if !ok {
		return nil, false
	}
	all, ok := g.all.take("")
	if !ok {
		each()
		return nil, false
	}
	return func() { each(); all() }, true
}
