package rest

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses bounds the memory that strangers can make us use.
const maxAddresses = 20_000

// limit allows each address so many requests at once and so many in the long run.
type limit struct {
	burst int
	every time.Duration // one more each
	now   func() time.Time

	mu        sync.Mutex
	addresses map[string]*rate.Limiter
}

func newLimit(now func() time.Time, burst int, every time.Duration) *limit {
	return &limit{burst: burst, every: every, now: now, addresses: map[string]*rate.Limiter{}}
}

// allow counts a request and tells whether it may go ahead.
func (l *limit) allow(address string) bool { return l.wait(address) == 0 }

// wait counts a request and returns 0 when it may go ahead, otherwise how long to
// wait.
func (l *limit) wait(address string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one, ok := l.addresses[address]
	if !ok {
		if len(l.addresses) >= maxAddresses {
			l.sweep(now)
		}
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.addresses[address] = one
	}
	if one.AllowN(now, 1) {
		return 0
	}
	return max(time.Millisecond, time.Duration((1-one.TokensAt(now))*float64(l.every)))
}

// sweep forgets who has been quiet for long enough, and then anybody until half
// of the room is free.
func (l *limit) sweep(now time.Time) {
	for address, one := range l.addresses {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.addresses, address)
		}
	}
	for address := range l.addresses {
		if len(l.addresses) <= maxAddresses/2 {
			return
		}
		delete(l.addresses, address)
	}
}

// neighbourhood is what counts as one address: for IPv6 a /64, which is the
// least that a provider gives one customer.
func neighbourhood(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	a := ap.Addr().Unmap().WithZone("")
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.String()
	}
	return a.String()
}
