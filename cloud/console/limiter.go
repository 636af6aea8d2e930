package console

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limit on attempts to sign in from one address: a burst for an office
// behind one router, then one every few seconds. The store locks single
// accounts on top of this.
const (
	attemptBurst = 20
	attemptEvery = 3 * time.Second
)

// maxAddresses bounds the memory that strangers can make us use; beyond it,
// addresses that have attempts left are forgotten first.
const maxAddresses = 20_000

// limiter counts attempts by address. It needs no goroutine: whoever asks
// sweeps out what has been idle long enough to be whole again.
type limiter struct {
	now func() time.Time

	mu    sync.Mutex
	of    map[string]*rate.Limiter
	swept time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, of: map[string]*rate.Limiter{}}
}

// allow takes one attempt from an address, if there is one left.
func (l *limiter) allow(address string) bool {
	key := network(address)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > attemptBurst*attemptEvery || len(l.of) > maxAddresses {
		for k, one := range l.of {
			if left := one.TokensAt(now); left >= attemptBurst || left >= 1 && len(l.of) > maxAddresses {
				delete(l.of, k)
			}
		}
		l.swept = now
	}
	one := l.of[key]
	if one == nil {
		one = rate.NewLimiter(rate.Every(attemptEvery), attemptBurst)
		l.of[key] = one
	}
	return one.AllowN(now, 1)
}

// network returns what is limited as one: an IPv4 address, or the /64 that one
// IPv6 subscriber has to himself.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
