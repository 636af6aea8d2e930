package swarm

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// tick is one receipt that was shown as accepted.
type tick struct {
	member int
	shown  time.Time
	epoch  uint64 // of the tablet's connection
	live   bool   // it was connected when it showed this
	early  bool   // made while another part of the fleet drained a backlog
	seen   time.Time
}

// ledger is what people saw. Nothing of the product writes it; it is safe for use
// by many goroutines.
type ledger struct {
	mu     sync.Mutex
	ticks  map[uuid.UUID]*tick
	open   map[uuid.UUID]*tick // live and not yet seen in the cloud
	twice  int                 // ids that were shown for two taps
	noID   int                 // accepted without an id that could be found again
	labels bool                // mark what is shown from now on as early
}

func newLedger() *ledger {
	return &ledger{ticks: map[uuid.UUID]*tick{}, open: map[uuid.UUID]*tick{}}
}

// shown enters a tick.
func (l *ledger) shown(id string, t tick) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, err := uuid.Parse(id)
	if err != nil {
		l.noID++
		return
	}
	if l.ticks[u] != nil {
		l.twice++
		return
	}
	t.early = l.labels
	l.ticks[u] = &t
	if t.live {
		l.open[u] = &t
	}
}

// oldest returns when the first tick was shown that is still looked for, and
// gives up those from before a moment. ok is false when there is none.
func (l *ledger) oldest(from time.Time) (first time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, t := range l.open {
		switch {
		case t.shown.Before(from):
			delete(l.open, id)
		case first.IsZero() || t.shown.Before(first):
			first = t.shown
		}
	}
	return first, !first.IsZero()
}

// seen notes that the cloud shows a punch; still tells whether the tablet's
// connection is the one that the tick was shown under.
func (l *ledger) seen(id uuid.UUID, at time.Time, still func(t *tick) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.open[id]
	if t == nil {
		return
	}
	delete(l.open, id)
	t.seen, t.live = at, t.live && still(t)
}

// mark has what is shown from now on labelled, or no more.
func (l *ledger) mark(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.labels = on
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ticks)
}
