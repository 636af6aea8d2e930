package ingest

import (
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
// lane in the order in which it came; what is live is in the very next transaction,
// and a backlog moves on all the while.
func TestTurnTakesAllOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		turn := newTurn(1 << 30)
		turn.pace.rows = rapid.IntRange(1, 30).Draw(r, "pace")
		var came, went []delivery
		liveRows, waiting := 0, 0
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				d := noted(rapid.IntRange(0, 3).Draw(r, "tablet"), uint64(len(came)+1), rapid.IntRange(0, 10).Draw(r, "rows"), rapid.Bool().Draw(r, "backlog"))
				if !turn.put(t.Context(), d) {
					r.Fatal("there is room")
				}
				came = append(came, d)
				if d.Backlog {
					waiting++
				} else {
					liveRows += max(1, d.Rows)
				}
			},
			"take": func(r *rapid.T) {
				taken := turn.take()
				live := slices.DeleteFunc(slices.Clone(taken), func(d delivery) bool { return d.Backlog })
				if liveRows <= turn.pace.rows {
					for _, d := range live {
						liveRows -= max(1, d.Rows)
					}
					if liveRows != 0 {
						r.Fatalf("%d live rows are left behind", liveRows)
					}
				} else {
					for _, d := range live {
						liveRows -= max(1, d.Rows)
					}
				}
				if len(live) == len(taken) && waiting > 0 && turn.pace.rows >= 4 {
					r.Fatal("a backlog waits, and nothing of it is taken")
				}
				waiting -= len(taken) - len(live)
				went = append(went, taken...)
				turn.done(taken, 0, 0)
			},
		})
		for rest := turn.take(); len(rest) > 0; rest = turn.take() {
			went = append(went, rest...)
			turn.done(rest, 0, 0)
		}
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
		if turn.bytes != 0 || len(turn.haste) != 0 || len(turn.known) != 0 {
			r.Fatalf("left behind: %d bytes, %v, %v", turn.bytes, turn.haste, turn.known)
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
	taken := turn.take()
	put(noted(1, 7, 5, true)) // while it is being stored
	if len(taken) != 2 || len(turn.take()) != 0 {
		t.Errorf("%d taken, want each once", len(taken))
	}
	turn.done(taken, 10, time.Millisecond)
	put(noted(1, 7, 5, true))
	if len(turn.take()) != 1 {
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
	turn.pace.rows = mostRows
	for left := in + 300 + flood; left > 0; {
		taken := turn.take()
		if len(taken) == 0 {
			t.Fatalf("%d are left behind", left)
		}
		left -= len(taken)
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
	taken := len(turn.take())
	<-in
	for more := turn.take(); len(more) > 0; more = turn.take() {
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
