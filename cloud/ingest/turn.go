package ingest

import (
	"context"
	"sync"
	"time"

	"muster/sync/wire"
)

// Bounds of what waits for the store.
const (
	maxWaiting = 64 << 20 // bytes of the backlog; then the tablets are to send it again
	maxLive    = 4096     // live messages for one writer; then the edge is made to wait
	maxHaste   = 200      // live rows of one tablet: an honest one has fewer on their way
)

// turn is what waits for one writer. What happens now doesn't wait behind what
// waited in the tablets: it is in the next transaction, however much there is.
type turn struct {
	limit int // bytes of the backlog
	pace  pace

	mu      sync.Mutex
	live    []delivery
	backlog []delivery
	bytes   int                  // of the backlog
	haste   map[wire.Address]int // rows of the live ones
	known   map[sent]bool        // of the backlog, what waits or is being stored

	ready chan struct{} // something waits
	room  chan struct{} // there may be room for what is live again
}

// sent is a message that a tablet sends again when there is no answer, for
// instance because it is still waiting here.
type sent struct {
	from wire.Address
	sum  uint64
}

func newTurn(limit int) *turn {
	return &turn{
		limit: limit, pace: pace{rows: firstRows}, haste: map[wire.Address]int{}, known: map[sent]bool{},
		ready: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

// put has a delivery wait for its writer. What waits already needn't twice: there
// will be an answer. ok is false where there is no room for a backlog: the tablet
// will send it again.
func (t *turn) put(ctx context.Context, d delivery) (ok bool) {
	defer wake(t.ready)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !d.Backlog && t.haste[d.from]+d.Rows <= maxHaste {
		for len(t.live) >= maxLive {
			t.mu.Unlock()
			select {
			case <-t.room:
			case <-ctx.Done():
			}
			t.mu.Lock()
			if ctx.Err() != nil {
				return true // nobody is served any more
			}
		}
		t.haste[d.from] += d.Rows
		t.live = append(t.live, d)
		return true
	}
	was := sent{d.from, d.Sum}
	switch {
	case d.Sum != 0 && t.known[was]:
		return true
	case t.bytes+d.size() > t.limit && len(t.backlog) > 0:
		return false
	}
	if d.Sum != 0 {
		t.known[was] = true
	}
	t.bytes += d.size()
	t.backlog = append(t.backlog, d)
	return true
}

// size is about how many bytes a delivery takes up.
func (d *delivery) size() int { return len(d.body) + rowBytes*len(d.rows.Rows) + rowBytes }

// take returns what goes into the next transaction: what is live first, and of
// what waited as much as there is time for. Neither ever waits for the other alone.
func (t *turn) take() []delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	live, rows := fill(t.live, t.pace.rows)
	back, _ := fill(t.backlog, max(t.pace.rows-rows, t.pace.rows/4))
	taken := make([]delivery, 0, live+back)
	taken = append(append(taken, t.live[:live]...), t.backlog[:back]...)
	for i := range t.live[:live] {
		d := &t.live[i]
		if t.haste[d.from] -= d.Rows; t.haste[d.from] <= 0 {
			delete(t.haste, d.from)
		}
	}
	for i := range t.backlog[:back] {
		t.bytes -= t.backlog[i].size()
	}
	t.live, t.backlog = cutOff(t.live, live), cutOff(t.backlog, back)
	wake(t.room)
	return taken
}

// fill returns how many of the first deliveries have so many rows, one at least.
func fill(waiting []delivery, most int) (n, rows int) {
	for ; n < len(waiting) && rows < most; n++ {
		rows += max(1, waiting[n].Rows)
	}
	return n, rows
}

// cutOff takes the first ones away and keeps nothing of them.
func cutOff(waiting []delivery, n int) []delivery {
	clear(waiting[:n])
	if n == len(waiting) {
		return waiting[:0]
	}
	return waiting[n:]
}

// done says that what was taken is stored, or isn't and will be sent again; how
// many rows that were, and how long it took.
func (t *turn) done(taken []delivery, rows int, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range taken {
		delete(t.known, sent{taken[i].from, taken[i].Sum})
	}
	t.pace.took(rows, took)
}
