package portal

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses bounds the memory that strangers can make us use; beyond it,
// addresses that have attempts left are forgotten first.
const maxAddresses = 20_000

// limiter counts attempts by address: a burst for an office behind one router,
// then one every so often. The store locks single names on top of this.
type limiter struct {
	now   func() time.Time
	burst int
	every time.Duration

	mu    sync.Mutex
	of    map[string]*rate.Limiter
	swept time.Time
}

func newLimiter(now func() time.Time, burst int, every time.Duration) *limiter {
	return &limiter{now: now, burst: burst, every: every, of: map[string]*rate.Limiter{}}
}

// allow takes one attempt from an address, if there is one left.
func (l *limiter) allow(address string) bool {
	key, now := network(address), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Duration(l.burst)*l.every || len(l.of) > maxAddresses {
		for k, one := range l.of {
			if left := one.TokensAt(now); left >= float64(l.burst) || left >= 1 && len(l.of) > maxAddresses {
				delete(l.of, k)
			}
		}
		l.swept = now
	}
	one := l.of[key]
	if one == nil {
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.of[key] = one
	}
	return one.AllowN(now, 1)
}

// giveBack returns an attempt that was taken a moment ago.
func (l *limiter) giveBack(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.of[network(address)]; one != nil {
		one.AllowN(l.now(), -1) // never beyond the burst
	}
}

// attempt takes one try at something that strangers could guess, if the address
// has one left.
func (v *visit) attempt() bool {
	v.tried = v.attempts.allow(v.Address(v.r))
	return v.tried
}

// rightAttempt gives it back: what counts is wrong ones, because a whole company may
// come from one address at the beginning of a shift. It isn't endless, since
// passwords cost the machine work.
func (v *visit) rightAttempt() {
	if v.tried && v.right.allow(v.Address(v.r)) {
		v.attempts.giveBack(v.Address(v.r))
	}
	v.tried = false
}

// network returns what is limited as one: an IPv4 address, or the /64 that one
// IPv6 subscriber has.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
