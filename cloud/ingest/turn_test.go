package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/sync/wire"
)

// noted is a delivery with a number, in place of a real one.
func noted(from int, n uint64, rows int, backlog bool) delivery {
	d := delivery{from: wire.Address{Device: attendance.DeviceID(fmt.Sprint(from))}, Glance: wire.Glance{Rows: rows, Backlog: backlog, Sum: n}}
	d.body = make([]byte, 10*rows)
	return d
}

// Whatever comes in whatever order: all of it is taken once, that of a tablet and a
// lane in the order in which it came, and of one tablet never two things at a time;
// what is live goes at once where nothing of its tablet is being stored; and a backlog
// moves on all the while.
func TestTurnTakesAllOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		turn := newTurn(1 << 30)
		turn.live.pace.rows, turn.backlog.pace.rows = rapid.IntRange(1, 30).Draw(r, "live pace"), rapid.IntRange(1, 30).Draw(r, "pace")
		var came, went []delivery
		under := map[*lane][]delivery{} // way
		storing := func(from wire.Address) bool {
			for _, taken := range under {
				if slices.ContainsFunc(taken, func(d delivery) bool { return d.from == from }) {
					return true
				}
			}
			return false
		}
		// idle counts what waits of a lane of tablets of which nothing is being stored.
		idle := func(backlog bool) (n, rows int) {
			for _, d := range came {
				if d.Backlog == backlog && !storing(d.from) && !slices.ContainsFunc(went, func(w delivery) bool { return w.Sum == d.Sum }) {
					n, rows = n+1, rows+max(1, d.Rows)
				}
			}
			return n, rows
		}
		take := func(l *lane, backlog bool) {
			if under[l] != nil {
				return // one after the other
			}
			free, rows := idle(backlog)
			taken := turn.takeLive
			if backlog {
				taken = turn.takeBacklog
			}
			now := taken()
			for _, d := range now {
				if storing(d.from) {
					r.Fatalf("two things of tablet %s are stored at a time", d.from.Device)
				}
			}
			ours := 0
			for _, d := range now {
				if d.Backlog == backlog {
					ours++
				}
			}
			if rows <= l.pace.rows && ours != free || free > 0 && ours == 0 {
				r.Fatalf("backlog %v: %d of %d are taken", backlog, ours, free)
			}
			under[l], went = now, append(went, now...)
		}
		done := func(l *lane) {
			turn.done(l, under[l], 0, 0)
			delete(under, l)
		}
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				d := noted(rapid.IntRange(0, 3).Draw(r, "tablet"), uint64(len(came)+1), rapid.IntRange(0, 10).Draw(r, "rows"), rapid.Bool().Draw(r, "backlog"))
				if !turn.put(t.Context(), d) {
					r.Fatal("there is room")
				}
				came = append(came, d)
			},
			"take live":    func(*rapid.T) { take(&turn.live, false) },
			"take backlog": func(*rapid.T) { take(&turn.backlog, true) },
			"live done":    func(*rapid.T) { done(&turn.live) },
			"backlog done": func(*rapid.T) { done(&turn.backlog) },
		})
		for len(turn.live.waiting)+len(turn.backlog.waiting) > 0 {
			done(&turn.live)
			done(&turn.backlog)
			take(&turn.live, false)
			take(&turn.backlog, true)
		}
		done(&turn.live)
		done(&turn.backlog)
		for _, lane := range []bool{true, false} {
			for tablet := range 4 {
				of := func(all []delivery) (numbers []uint64) {
					for _, d := range all {
						if d.Backlog == lane && d.from.Device == attendance.DeviceID(fmt.Sprint(tablet)) {
							numbers = append(numbers, d.Sum)
						}
					}
					return numbers
				}
				if a, b := of(came), of(went); !slices.Equal(a, b) {
					r.Fatalf("tablet %d, backlog %v: %v came, %v went", tablet, lane, a, b)
				}
			}
		}
		if turn.bytes != 0 || len(turn.haste) != 0 || len(turn.known) != 0 || len(turn.busy) != 0 {
			r.Fatalf("left behind: %d bytes, %v, %v, %v", turn.bytes, turn.haste, turn.known, turn.busy)
		}
	})
}

// What a tablet sends again while it waits, waits once. Once it is stored, or
// wasn't, it may come again.
func TestTurnKnowsWhatWaits(t *testing.T) {
	t.Parallel()
	turn := newTurn(1 << 20)
	put := func(d delivery) { turn.put(t.Context(), d) }
	put(noted(1, 7, 5, true))
	put(noted(1, 7, 5, true))
	put(noted(2, 7, 5, true)) // another tablet's
	taken := turn.takeBacklog()
	put(noted(1, 7, 5, true)) // while it is being stored
	turn.done(&turn.backlog, taken[1:], 5, time.Millisecond)
	if len(taken) != 2 || len(turn.takeBacklog()) != 0 {
		t.Errorf("%d taken, want each once", len(taken))
	}
	turn.done(&turn.backlog, taken, 5, time.Millisecond)
	put(noted(1, 7, 5, true))
	if len(turn.takeBacklog()) != 1 {
		t.Error("a message that was sent again later is lost")
	}
}

// A backlog is turned away where there is no room for it; what is live is not, but
// for one tablet that calls everything live.
func TestTurnIsBounded(t *testing.T) {
	t.Parallel()
	turn := newTurn(100_000)
	n, in := uint64(0), 0
	for range 1000 {
		n++
		if turn.put(t.Context(), noted(int(n), n, 50, true)) {
			in++
		}
	}
	if in < 50 || in > 200 {
		t.Errorf("%d messages of 1000 bytes wait", in)
	}
	for i := range 300 {
		n++
		if !turn.put(t.Context(), noted(10_000+i, n, 1, false)) {
			t.Fatal("a live row is turned away")
		}
	}
	flood := 0
	for range 1000 {
		n++
		if turn.put(t.Context(), noted(1, n, 10, false)) {
			flood++
		}
	}
	if flood < 10 || flood > maxHaste {
		t.Errorf("%d live messages of one tablet wait before all others'", flood)
	}
	turn.live.pace.rows = mostRows
	for left := in + 300 + flood; left > 0; {
		live, back := turn.takeLive(), turn.takeBacklog()
		if len(live)+len(back) == 0 {
			t.Fatalf("%d are left behind", left)
		}
		left -= len(live) + len(back)
		turn.done(&turn.live, live, 0, 0)
		turn.done(&turn.backlog, back, 0, 0)
	}
}

// Questions have no rows. One tablet that asks and asks has them wait with the backlog, and
// the others find room.
func TestQuestionsOfOneTabletAreBounded(t *testing.T) {
	t.Parallel()
	turn := newTurn(1 << 20)
	for range 3 * maxHaste {
		turn.put(t.Context(), noted(1, 0, 0, false))
	}
	if n := len(turn.live.waiting); n > maxHaste {
		t.Errorf("%d of them wait before what others tell", n)
	}
	for len(turn.live.waiting)+len(turn.backlog.waiting) > 0 {
		live := turn.takeLive()
		turn.done(&turn.live, live, 0, 0)
		back := turn.takeBacklog()
		turn.done(&turn.backlog, back, 0, 0)
	}
	if len(turn.haste) != 0 || len(turn.surplus) != 0 || turn.bytes != 0 {
		t.Errorf("left behind: %v, %v, %d bytes", turn.haste, turn.surplus, turn.bytes)
	}
}

// A live message waits for room where very many wait, and no longer than its edge lives.
func TestTurnMakesLiveWait(t *testing.T) {
	t.Parallel()
	turn := newTurn(1 << 20)
	for i := range maxLive {
		turn.put(t.Context(), noted(i, uint64(i), 1, false))
	}
	ctx, cancel := context.WithCancel(t.Context())
	in := make(chan struct{})
	go func() {
		turn.put(ctx, noted(-1, 1, 1, false))
		close(in)
	}()
	taken := len(turn.takeLive())
	<-in
	for more := turn.takeLive(); len(more) > 0; more = turn.takeLive() {
		taken += len(more)
	}
	if taken != maxLive+1 {
		t.Errorf("%d taken", taken)
	}
	cancel()
}

// Transactions grow where the database is quick, shrink where it isn't, and are
// neither endless nor single rows.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		each time.Duration
		want int
	}{
		{time.Nanosecond, mostRows}, {30 * time.Microsecond, 5000}, {100 * time.Microsecond, 1500}, {time.Hour, fewestRows},
	} {
		p := pace{firstRows}
		for range 20 {
			p.took(p.rows, time.Duration(p.rows)*c.each)
		}
		if p.rows < c.want*9/10 || p.rows > c.want*11/10 {
			t.Errorf("at %v a row: %d rows, want %d", c.each, p.rows, c.want)
		}
		before := p.rows
		p.took(1, time.Microsecond)
		if p.rows != before {
			t.Errorf("a single row makes it %d rows", p.rows)
		}
		if p.took(1, time.Minute); p.rows < before/2 {
			t.Errorf("one stall makes %d rows of %d", p.rows, before)
		}
	}
}

// A tablet that sends more than there can be of what happens now keeps its order, in
// whichever lane it goes.
func TestFloodKeepsItsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		turn := newTurn(1 << 30)
		turn.live.pace.rows, turn.backlog.pace.rows = 300, 300
		var went, live, back []delivery
		n := uint64(0)
		step := map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				n++
				turn.put(t.Context(), noted(1, n, rapid.IntRange(0, 2*maxHaste).Draw(r, "rows"), false))
			},
			"take live": func(*rapid.T) {
				if live == nil {
					live = turn.takeLive()
					went = append(went, live...)
				}
			},
			"take backlog": func(*rapid.T) {
				if back == nil {
					back = turn.takeBacklog()
					went = append(went, back...)
				}
			},
			"live done":    func(*rapid.T) { turn.done(&turn.live, live, 0, 0); live = nil },
			"backlog done": func(*rapid.T) { turn.done(&turn.backlog, back, 0, 0); back = nil },
		}
		r.Repeat(step)
		for len(turn.live.waiting)+len(turn.backlog.waiting) > 0 {
			for _, what := range []string{"live done", "backlog done", "take live", "take backlog"} {
				step[what](r)
			}
		}
		if len(went) != int(n) || !slices.IsSortedFunc(went, func(a, b delivery) int { return cmp.Compare(a.Sum, b.Sum) }) {
			r.Fatalf("%d came, went: %v", n, went)
		}
		if len(turn.surplus) != 0 {
			r.Fatalf("left behind: %v", turn.surplus)
		}
	})
}
