package outbox

import (
	"slices"
	"time"
)

// Limits bound what is on its way at once.
type Limits struct {
	Batch    int           // rows in one message
	Live     int           // live rows on their way
	Backlog  int           // rows of the backlog on their way
	Patience time.Duration // how long to wait for the cloud's word before sending again
	Tries    int           // how often in a row rows are late and nothing is confirmed before the connection is given up
}

// DefaultLimits suit a tablet: some ten kilobytes in a message, a window that
// fills a slow line and is sent again at little cost.
var DefaultLimits = Limits{Batch: 50, Live: 100, Backlog: 200, Patience: 10 * time.Second, Tries: 4}

// Window decides which rows to send next. It knows numbers only: it reads no
// clock, stores nothing and sends nothing, so that every order of events can be
// tried on it.
//
// Rows that were there when the connection began are the backlog; younger ones
// are live. Each has a lane of its own, so that a person who taps now needn't
// wait for last week's punches. A row that is not confirmed in time is sent
// again, each time after a longer wait; sending a row twice does no harm.
type Window struct {
	limits  Limits
	head    uint64
	mark    uint64 // the head when the connection began: where the backlog ends
	live    lane
	backlog lane
}

// lane is one of the two queues.
type lane struct {
	next   uint64          // every row up to here was sent once or is confirmed
	flight map[uint64]shot // sent, not confirmed
	again  []uint64        // to be sent again, in order
	tries  map[uint64]int  // how often rows were sent in vain
	silent int             // how often in a row something was late and nothing confirmed
}

// shot is one sending of a row.
type shot struct{ late time.Time }

func newLane(next uint64) lane {
	return lane{next: next, flight: map[uint64]shot{}, tries: map[uint64]int{}}
}

// NewWindow returns a window for one connection, at a moment when the journal
// ends at head.
func NewWindow(l Limits, head uint64) *Window {
	return &Window{limits: l, head: head, mark: head, live: newLane(head), backlog: newLane(0)}
}

// Want asks for rows to send.
type Want struct {
	After, UpTo uint64 // numbers: after one, up to and including the other
	Limit       int
	Backlog     bool
	again       bool
}

// Grow says that the journal now ends at head.
func (w *Window) Grow(head uint64) { w.head = max(w.head, head) }

// Next returns what to send now; ok is false when there is nothing, or no room.
// Live rows come first.
func (w *Window) Next() (want Want, ok bool) {
	if want, ok = w.live.want(w.head, w.limits.Live, w.limits.Batch); ok {
		return want, true
	}
	want, ok = w.backlog.want(w.mark, w.limits.Backlog, w.limits.Batch)
	want.Backlog = true
	return want, ok
}

// want prefers rows that are late.
func (l *lane) want(end uint64, window, batch int) (Want, bool) {
	if len(l.again) > 0 {
		first := l.again[0]
		run := 1 // how many follow each other without a gap
		for run < len(l.again) && run < batch && l.again[run] == first+uint64(run) {
			run++
		}
		return Want{After: first - 1, UpTo: first + uint64(run) - 1, Limit: run, again: true}, true
	}
	room := min(window-len(l.flight), batch)
	if room <= 0 || l.next >= end {
		return Want{}, false
	}
	return Want{After: l.next, UpTo: end, Limit: room}, true
}

// Sent says which rows went out for a Want. all is set when there were no more
// unconfirmed rows up to its end.
func (w *Window) Sent(want Want, seqs []uint64, all bool, now time.Time) {
	l := w.lane(want.Backlog)
	end := want.UpTo
	if !all {
		end = want.After
		if len(seqs) > 0 {
			end = seqs[len(seqs)-1]
		}
	}
	for _, seq := range seqs {
		l.flight[seq] = shot{late: now.Add(w.limits.Patience << min(l.tries[seq], 5))}
	}
	if want.again {
		l.again = slices.DeleteFunc(l.again, func(seq uint64) bool { return seq <= end })
		return
	}
	l.next = max(l.next, end)
}

func (w *Window) lane(backlog bool) *lane {
	if backlog {
		return &w.backlog
	}
	return &w.live
}

// Confirmed says which rows the cloud has.
func (w *Window) Confirmed(through uint64, sparse []uint64) {
	for _, l := range []*lane{&w.live, &w.backlog} {
		l.confirmed(func(seq uint64) bool { return seq <= through || slices.Contains(sparse, seq) })
	}
}

func (l *lane) confirmed(has func(uint64) bool) {
	for seq := range l.flight {
		if has(seq) {
			delete(l.flight, seq)
			l.silent = 0
		}
	}
	for seq := range l.tries {
		if has(seq) {
			delete(l.tries, seq)
		}
	}
	l.again = slices.DeleteFunc(l.again, has)
}

// Was tells whether a row was sent in this connection, or was confirmed before it
// would have been.
func (w *Window) Was(seq uint64) bool {
	return seq <= w.backlog.next || seq > w.mark && seq <= w.live.next
}

// Through returns the number up to which that is so of every row.
func (w *Window) Through() uint64 {
	if w.backlog.next < w.mark {
		return w.backlog.next
	}
	return w.live.next
}

// Deadline returns when Check has something to do; zero when nothing is on its way.
func (w *Window) Deadline() time.Time {
	var first time.Time
	for _, l := range []*lane{&w.live, &w.backlog} {
		for _, s := range l.flight {
			if first.IsZero() || s.late.Before(first) {
				first = s.late
			}
		}
	}
	return first
}

// Check looks for rows that are late. They are sent again; lost is set when
// nothing at all was confirmed for so long that the connection is to be given up.
func (w *Window) Check(now time.Time) (lost bool) {
	for _, l := range []*lane{&w.live, &w.backlog} {
		late := l.late(now)
		if late && l.silent >= w.limits.Tries {
			return true
		}
	}
	return false
}

// late moves the rows that are late to those to be sent again, and tells whether
// there were any.
func (l *lane) late(now time.Time) bool {
	found := false
	for seq, s := range l.flight {
		if now.Before(s.late) {
			continue
		}
		found = true
		delete(l.flight, seq)
		l.tries[seq]++
		l.again = append(l.again, seq)
	}
	if found {
		slices.Sort(l.again)
		l.silent++
	}
	return found
}
