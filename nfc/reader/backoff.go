package reader

import (
	"context"
	"time"
)

// The wait before a child is started again: nothing after the first failure, so
// that the next tap works; then longer and longer, so that a reader that can't
// work doesn't eat the processor.
const (
	firstWait = 100 * time.Millisecond
	longest   = 3 * time.Second
)

type backoff struct{ wait time.Duration }

func newBackoff() *backoff { return &backoff{} }

func (b *backoff) reset() { b.wait = 0 }

func (b *backoff) next() time.Duration {
	now := b.wait
	b.wait = min(max(2*b.wait, firstWait), longest)
	return now
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
