package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"muster/invite"
)

// Pace is how fast one provider may be asked.
type Pace struct {
	PerSecond float64 // messages; 0: as fast as it goes
	Burst     int     // how many may go at once after a pause; default a second's worth
	// Pause is for how long the provider is left alone after it failed for
	// everybody; doubled at each further failure, up to LongestPause. Defaults: 5
	// seconds and 10 minutes.
	Pause, LongestPause time.Duration
}

// Paced is a sender that keeps a pace, shared by all workers of the process.
//
// While the provider is down for everybody it is not asked at all: messages come
// back at once, as ProviderDown or ProviderRefused with the time to wait. Then a
// single message tries whether it is back, while the others wait on.
type Paced struct {
	next  Sender
	limit *rate.Limiter
	pace  Pace
	log   *slog.Logger

	mu       sync.Mutex
	failures int // in a row, for everybody
	since    time.Time
	until    time.Time
	trying   bool // one message tries the provider after a pause
	why      *invite.Undeliverable
}

// NewPaced paces a sender.
func NewPaced(next Sender, p Pace, log *slog.Logger) *Paced {
	limit := rate.Inf
	if p.PerSecond > 0 {
		limit = rate.Limit(p.PerSecond)
	}
	if p.Burst < 1 {
		p.Burst = max(1, int(p.PerSecond))
	}
	if p.Pause <= 0 {
		p.Pause = 5 * time.Second
	}
	if p.LongestPause <= 0 {
		p.LongestPause = max(10*time.Minute, p.Pause)
	}
	return &Paced{next: next, limit: rate.NewLimiter(limit, p.Burst), pace: p, log: log}
}

// Send waits for its turn, then sends.
func (p *Paced) Send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	trial, err := p.admit()
	if err != nil {
		return invite.Receipt{}, err
	}
	if err := p.limit.Wait(ctx); err != nil {
		p.settle(trial, nil, false)
		if ctx.Err() != nil {
			return invite.Receipt{}, context.Cause(ctx)
		}
		// The turn would come only after ctx's deadline.
		return invite.Receipt{}, fmt.Errorf("wait for the provider's turn: %w", context.DeadlineExceeded)
	}
	if !trial {
		// The provider may have failed while this message waited.
		if trial, err = p.admit(); err != nil {
			return invite.Receipt{}, err
		}
	}
	receipt, err := p.next.Send(ctx, m)
	var u *invite.Undeliverable
	said := err == nil || errors.As(err, &u)
	p.settle(trial, u, said)
	return receipt, err
}

// Paused tells since when the provider fails for everybody, until when it is left
// alone, and why; nil: it doesn't.
func (p *Paced) Paused() (since, until time.Time, why *invite.Undeliverable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures == 0 {
		return time.Time{}, time.Time{}, nil
	}
	return p.since, p.until, p.why
}

// Resume forgets a pause, such as after an admin has repaired the settings.
func (p *Paced) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.until, p.why = 0, time.Time{}, nil
}

// admit lets a message through, perhaps as the one that tries.
func (p *Paced) admit() (trial bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures == 0 {
		return false, nil
	}
	wait := time.Until(p.until)
	if wait <= 0 && !p.trying {
		p.trying = true
		return true, nil
	}
	return false, &invite.Undeliverable{
		Reason: p.why.Reason, Detail: p.why.Detail, After: max(wait, time.Second), Everybody: true, Err: p.why,
	}
}

// settle learns from what became of a message. said tells that the provider had
// a word at all.
func (p *Paced) settle(trial bool, u *invite.Undeliverable, said bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if trial {
		p.trying = false
	}
	if !said {
		return
	}
	if u == nil || !u.Everybody {
		// One that began before the pause says nothing of now.
		if p.failures > 0 && trial {
			p.failures, p.why = 0, nil
			p.log.Info("the provider takes messages again")
		}
		return
	}
	if p.failures > 0 && !trial {
		return // many at once fail for one cause
	}
	if p.failures++; p.failures == 1 {
		p.since = time.Now()
	}
	pause := p.pace.Pause << min(p.failures-1, 20)
	if pause <= 0 || pause > p.pace.LongestPause {
		pause = p.pace.LongestPause
	}
	pause += rand.N(pause/8 + 1) // so that several clouds don't come back at once
	p.until, p.why = time.Now().Add(max(pause, u.After)), u
	p.log.Warn("the provider fails for everybody; pausing", "reason", u.Reason, "detail", u.Detail, "pause", max(pause, u.After).Round(time.Second))
}
