package outbox

import "time"

// Limits bound what is on its way at once.
type Limits struct {
	Batch    int           // rows in one message
	Live     int           // live rows on their way
	Backlog  int           // rows of the backlog on their way
	Patience time.Duration // how long to wait for the cloud's word before sending again
	Tries    int           // how often in a row a lane hears nothing before the connection is given up
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
// wait for last week's punches. A lane that hears nothing for too long goes back
// to its first unconfirmed row; sending a row twice does no harm.
type Window struct {
	limits  Limits
	head    uint64
	mark    uint64 // the head when the connection began: where the backlog ends
	live    lane
	backlog lane
}

type lane struct {
	next     uint64              // every row up to here was sent or is confirmed
	flight   map[uint64]struct{} // sent, not confirmed
	heard    time.Time           // when something last went out or was confirmed
	timeouts int                 // in a row
}

// NewWindow returns a window for one connection, at a moment when the journal
// ends at head.
func NewWindow(l Limits, head uint64) *Window {
	return &Window{
		limits: l, head: head, mark: head,
		live:    lane{next: head, flight: map[uint64]struct{}{}},
		backlog: lane{flight: map[uint64]struct{}{}},
	}
}

// Want asks for rows to send.
type Want struct {
	After, UpTo uint64 // numbers: after one, up to and including the other
	Limit       int
	Backlog     bool
}

// Grow says that the journal now ends at head.
func (w *Window) Grow(head uint64) { w.head = max(w.head, head) }

// Next returns what to send now; ok is false when there is nothing, or no room.
// Live rows come first.
func (w *Window) Next() (want Want, ok bool) {
	if room := w.limits.Live - len(w.live.flight); room > 0 && w.live.next < w.head {
		return Want{After: w.live.next, UpTo: w.head, Limit: min(room, w.limits.Batch)}, true
	}
	if room := w.limits.Backlog - len(w.backlog.flight); room > 0 && w.backlog.next < w.mark {
		return Want{After: w.backlog.next, UpTo: w.mark, Limit: min(room, w.limits.Batch), Backlog: true}, true
	}
	return Want{}, false
}

// Sent says which rows went out for a Want. all is set when there were no more
// unconfirmed rows up to its end.
func (w *Window) Sent(want Want, seqs []uint64, all bool, now time.Time) {
	l := w.lane(want.Backlog)
	if len(l.flight) == 0 {
		l.heard = now
	}
	for _, seq := range seqs {
		l.flight[seq] = struct{}{}
		l.next = max(l.next, seq)
	}
	if all {
		l.next = max(l.next, want.UpTo)
	}
}

func (w *Window) lane(backlog bool) *lane {
	if backlog {
		return &w.backlog
	}
	return &w.live
}

// Confirmed says which rows the cloud has.
func (w *Window) Confirmed(through uint64, sparse []uint64, now time.Time) {
	for _, l := range []*lane{&w.live, &w.backlog} {
		before := len(l.flight)
		for seq := range l.flight {
			if seq <= through {
				delete(l.flight, seq)
			}
		}
		for _, seq := range sparse {
			delete(l.flight, seq)
		}
		if len(l.flight) < before {
			l.heard, l.timeouts = now, 0
		}
	}
}

// Deadline returns when Check has something to do; zero when nothing is on its way.
func (w *Window) Deadline() time.Time {
	var first time.Time
	for _, l := range []*lane{&w.live, &w.backlog} {
		if d := w.deadline(l); !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// deadline grows with each timeout, so that one row that the cloud never
// confirms doesn't fill the line.
func (w *Window) deadline(l *lane) time.Time {
	if len(l.flight) == 0 {
		return time.Time{}
	}
	return l.heard.Add(w.limits.Patience << min(l.timeouts, 5))
}

// Check looks for lanes that have heard nothing for too long. Their rows are
// sent again; lost is set when that was tried often enough and the connection is
// to be given up.
func (w *Window) Check(now time.Time) (lost bool) {
	for _, l := range []*lane{&w.live, &w.backlog} {
		d := w.deadline(l)
		if d.IsZero() || now.Before(d) {
			continue
		}
		l.timeouts++
		if l.timeouts >= w.limits.Tries {
			return true
		}
		for seq := range l.flight {
			l.next = min(l.next, seq-1)
		}
		clear(l.flight)
		l.heard = now
	}
	return false
}
