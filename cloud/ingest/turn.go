package ingest

import (
	"context"
	"math"
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

// turn is what waits for one writer, in two lanes, each with a transaction of its own:
// what happens now doesn't wait behind what waited in the tablets, nor for the
// transaction in which that is stored. A tablet's rows are in one of the two at a time,
// for the store has the second wait for the first.
type turn struct {
	limit int // bytes of the backlog

	mu      sync.Mutex
	live    lane
	backlog lane
	bytes   int                   // of the backlog
	haste   map[wire.Address]int  // rows of the live ones, see weight
	surplus map[wire.Address]int  // live messages that wait with the backlog, because of a tablet there are too many
	known   map[sent]bool         // of the backlog, what waits or is being stored
	busy    map[wire.Address]bool // tablets of which something is being stored

	room chan struct{} // there may be room for what is live again
}

// sent is a message that a tablet sends again when there is no answer, for
// instance because it is still waiting here.
type sent struct {
	from wire.Address
	sum  uint64
}

func newTurn(limit int) *turn {
	return &turn{
		limit: limit, live: newLane(), backlog: newLane(),
		haste: map[wire.Address]int{}, surplus: map[wire.Address]int{}, known: map[sent]bool{}, busy: map[wire.Address]bool{}, room: make(chan struct{}, 1),
	}
}

// put has a delivery wait for its writer. What waits already needn't twice: there
// will be an answer. ok is false where there is no room for a backlog: the tablet
// will send it again.
func (t *turn) put(ctx context.Context, d delivery) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// While some of them wait with the backlog all do, or they would come out of order.
	if !d.Backlog && t.surplus[d.from] == 0 && t.haste[d.from]+d.weight() <= maxHaste {
		for len(t.live.waiting) >= maxLive {
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
		t.haste[d.from] += d.weight()
		t.live.add(d)
		return true
	}
	was := sent{d.from, d.Sum}
	switch {
	case d.Sum != 0 && t.known[was]:
		return true
	case t.bytes+d.size() > t.limit && len(t.backlog.waiting) > 0:
		return false
	}
	if d.Sum != 0 {
		t.known[was] = true
	}
	if !d.Backlog {
		t.surplus[d.from]++
	}
	t.bytes += d.size()
	t.backlog.add(d)
	return true
}

// weight is how many rows a delivery counts for: a question without rows takes up room too.
func (d *delivery) weight() int { return max(1, d.Rows) }

// size is about how many bytes a delivery takes up.
func (d *delivery) size() int { return len(d.body) + rowBytes*len(d.rows.Rows) + rowBytes }

// takeLive returns what goes into the next transaction of what is live.
func (t *turn) takeLive() []delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.live.take(t.live.pace.rows, func(d *delivery) bool { return !t.busy[d.from] })
	t.taken(taken)
	return taken
}

// takeBacklog returns what goes into the next transaction of what waited: as much as
// there is time for, and before it what is live of the same tablets.
func (t *turn) takeBacklog() []delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	back := t.backlog.take(t.backlog.pace.rows, func(d *delivery) bool { return !t.busy[d.from] })
	ours := map[wire.Address]bool{}
	for i := range back {
		d := &back[i]
		ours[d.from] = true
		t.bytes -= d.size()
		if d.Backlog {
			continue
		}
		if t.surplus[d.from]--; t.surplus[d.from] == 0 {
			delete(t.surplus, d.from)
		}
	}
	taken := t.live.take(math.MaxInt, func(d *delivery) bool { return ours[d.from] })
	t.taken(taken)
	for from := range ours {
		t.busy[from] = true
	}
	return append(taken, back...)
}

// taken notes that something live is being stored.
func (t *turn) taken(live []delivery) {
	for i := range live {
		d := &live[i]
		t.busy[d.from] = true
		if t.haste[d.from] -= d.weight(); t.haste[d.from] <= 0 {
			delete(t.haste, d.from)
		}
	}
	wake(t.room)
}

// done says that what was taken is stored, or isn't and will be sent again; l is the
// lane that it was taken for, rows how many that were, and took how long it took.
func (t *turn) done(l *lane, taken []delivery, rows int, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range taken {
		delete(t.busy, taken[i].from)
		delete(t.known, sent{taken[i].from, taken[i].Sum})
	}
	l.pace.took(rows, took)
	// What waited for these tablets may go now.
	wake(t.live.ready)
	wake(t.backlog.ready)
}
