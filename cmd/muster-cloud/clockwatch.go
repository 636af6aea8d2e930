package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"muster/cloud/store"
	"muster/sync/wire"
)

// clockwatch compares this machine's clock with the database server's. Tablets
// compare theirs with ours: a cloud that is wrong would date their punches wrongly
// for good, so it sends them to others, which lose nothing by that.
type clockwatch struct {
	limit time.Duration // 0: nothing is compared
	wrong atomic.Bool   // no tablets until it is right again

	mu     sync.Mutex
	skew   store.Skew
	shown  time.Time // by this machine's clock, when skew was found out
	found  time.Time // the same moment, for the clock that nobody can set
	known  bool      // that was just now
	others bool      // the others all agree with this clock and not with the database server's
}

// What /readyz says of the clock besides healthOK, healthWrong, healthAway and
// healthNone.
const healthDatabase = "database" // this clock is like the others'; the database server's isn't

// says tells how the clock is, for whoever looks after the cloud.
func (w *clockwatch) says() (state string, off float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	off = w.skew.Off.Round(time.Millisecond).Seconds()
	switch {
	case w.wrong.Load():
		return healthWrong, off
	case w.others:
		return healthDatabase, off
	case !w.known:
		return healthNone, 0
	}
	return healthOK, off
}

// compareClock asks the database server for its time, and has the next beat tell.
func (m *Main) compareClock(ctx context.Context) {
	if m.clock.limit <= 0 {
		return
	}
	skew, known, err := m.store.Skew(ctx)
	m.clock.mu.Lock()
	m.clock.known = known && err == nil
	if m.clock.known {
		m.clock.skew, m.clock.shown, m.clock.found = skew, m.now().Round(0), time.Now()
	}
	skew = m.clock.skew
	m.clock.mu.Unlock()
	m.store.NoteClock(store.ReplicaClock{Off: skew.Off, Wrong: m.clock.wrong.Load()})
}

// trusted tells whether times of this machine may be given to tablets: its clock was
// found right, and nobody has set it since.
func (w *clockwatch) trusted(now time.Time) bool {
	if w.wrong.Load() {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.limit <= 0 || w.found.IsZero() {
		return true
	}
	return (now.Round(0).Sub(w.shown) - time.Since(w.found)).Abs() <= w.limit
}

// judge tells whether this replica is wrong, by what it found out and what the other
// living ones say. Where all of them are as far from the database server's clock as
// this one, that clock is the wrong one.
func (w *clockwatch) judge(leases, dead []store.Lease, self string) (wrong, others bool) {
	if !w.skew.Beyond(w.limit) {
		return false, false
	}
	for _, l := range leases {
		gone := l.ID == self
		for _, d := range dead {
			gone = gone || d.ID == l.ID
		}
		if gone {
			continue
		}
		if (l.Clock.Off - w.skew.Off).Abs() > w.limit {
			return true, false
		}
		others = true
	}
	return !others, others
}

// judgeClock takes no tablets while this replica's clock is wrong, and takes them
// again when it is right.
func (m *Main) judgeClock(ctx context.Context, leases, dead []store.Lease) {
	w := &m.clock
	w.mu.Lock()
	if !w.known {
		w.mu.Unlock()
		return // as it was
	}
	wrong, others := w.judge(leases, dead, m.replica)
	changed := w.others != others
	w.others = others
	skew := w.skew
	w.mu.Unlock()
	if changed && others {
		m.log.Error("the clock of the database server is far from that of all clouds: put it right", "behind", skew.Off, "within", skew.Width)
	}
	was := w.wrong.Swap(wrong)
	m.store.NoteClock(store.ReplicaClock{Off: skew.Off, Wrong: wrong})
	switch {
	case wrong && !was:
		m.log.Error("this machine's clock is wrong: no tablets are taken until it is right", "ahead", skew.Off, "within", skew.Width, "limit", w.limit)
	case was && !wrong:
		m.log.Info("this machine's clock is right again", "ahead", skew.Off, "within", skew.Width)
	}
	if m.edge == nil {
		return
	}
	if wrong {
		m.edge.Shut(context.WithoutCancel(ctx))
	} else if was {
		m.edge.Reopen()
	}
}

// handle takes a message of a tablet. What comes while the clock is wrong gets no
// time and no answer, and the tablet sends it again; only who is there is noted.
func (m *Main) handle(ctx context.Context, from wire.Address, leaf wire.Leaf, payload []byte) {
	if leaf != wire.UpPresence && !m.clock.trusted(m.now()) {
		return
	}
	m.ingest.Handle(ctx, from, leaf, payload)
}
