package scim

import (
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limit allows each token so many requests at once and so many in the long run. Only
// tokens that are good are counted, so there are as many of them as were made.
type limit struct {
	rate int
	now  func() time.Time

	mu sync.Mutex
	of map[string]*rate.Limiter
}

func newLimit(now func() time.Time, perSecond int) *limit {
	return &limit{rate: perSecond, now: now, of: map[string]*rate.Limiter{}}
}

// wait counts a request and returns 0 when it may go ahead, otherwise how long to
// wait.
func (l *limit) wait(token string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.of[token]
	if !ok {
		one = rate.NewLimiter(rate.Limit(l.rate), 12*l.rate)
		l.of[token] = one
	}
	now := l.now()
	if one.AllowN(now, 1) {
		return 0
	}
	return max(time.Millisecond, time.Duration((1-one.TokensAt(now))/float64(l.rate)*float64(time.Second)))
}

// hostOf is an address without its port.
func hostOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}
