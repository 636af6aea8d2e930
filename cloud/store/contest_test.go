package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// The cloud's clock is set wrong under a running tablet and put right again. What was
// tapped before keeps its time, what was tapped meanwhile gets the right one once most
// of the boot's rows say so, in whatever order the rows come and however they are
// delivered.
func TestCloudsClockSetUnderATablet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off                  time.Duration
		before, wrong, after int
	}{
		"an hour back":                 {-time.Hour, 9, 4, 3},
		"an hour on":                   {time.Hour, 9, 4, 3},
		"a month on":                   {30 * 24 * time.Hour, 3, 4, 9},
		"back to 1970":                 {-56 * 365 * 24 * time.Hour, 9, 4, 3},
		"wrong for longer than before": {-time.Hour, 3, 81, 90},
		"on, for longer than before":   {time.Hour, 3, 81, 90},
		"1970 for longer than before":  {-56 * 365 * 24 * time.Hour, 3, 42, 3},
	} {
		for _, at := range []struct {
			name    string
			shuffle bool
			each    int
		}{{"one by one", false, 1}, {"by threes", false, 3}, {"in any order", true, 1}} {
			t.Run(name+", "+at.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				anna := w.person(t, "Anna", "Berg", w.north.ID)
				p := w.pen(t, w.admin.Org, w.north.ID)
				type sent struct {
					row      device.Row
					received time.Time
				}
				var rows []sent
				truth := map[uint64]time.Time{}
				now := hour(1)
				for i := range c.before + c.wrong + c.after {
					now = now.Add(5 * time.Minute)
					r := p.stamped(anna.ID, "", now, compared, 0)
					r.Clock.Uncertainty = time.Duration(1+rand.IntN(30)) * time.Millisecond
					received := now.Add(time.Second)
					if i >= c.before && i < c.before+c.wrong {
						r.Clock.Offset, received = r.Clock.Offset+c.off, received.Add(c.off)
					}
					r = p.seal(r)
					p.last = r
					rows, truth[r.Seq] = append(rows, sent{r, received}), now
				}
				if at.shuffle {
					rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
				}
				for i := 0; i < len(rows); i += at.each {
					var batch []device.Row
					for _, s := range rows[i:min(i+at.each, len(rows))] {
						batch = append(batch, s.row)
						p.now = func() time.Time { return s.received }
					}
					w.deliver(t, p, batch...)
				}
				for _, s := range rows {
					if m := w.momentOf(t, s.row); !m.At.Equal(truth[s.row.Seq]) || !m.Source.Sure() {
						t.Errorf("row %d is %s off (%s)", s.row.Seq, m.At.Sub(truth[s.row.Seq]), m.Source)
					}
				}
			})
		}
	}
}

// So many rows that nobody looks at them with each that comes: all of the boot's have a
// say all the same, and what was right before is right again.
func TestCloudsClockWrongForMoreThanHalfOfThousands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	const before, wrong, after, each = 1000, 1500, 600, 100
	begin := hour(1)
	var batch []device.Row
	for i := range before + wrong + after {
		at := begin.Add(time.Duration(i) * time.Minute)
		r, received := p.stamped(anna.ID, "", at, compared, 0), at.Add(time.Second)
		if i >= before && i < before+wrong {
			r.Clock.Offset, received = time.Hour, received.Add(time.Hour)
			r = p.seal(r)
			p.last = r
		}
		batch = append(batch, r)
		if len(batch) == each {
			p.now = func() time.Time { return received }
			w.deliver(t, p, batch...)
			batch = nil
			if i+1 == before+wrong {
				w.redateAll(t)
				if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ? AND at = ?`, p.from.Device, begin.Add(time.Hour).UnixMicro()); n != 1 {
					t.Fatal("the wrong ones, which are more by now, don't count")
				}
			}
		}
	}
	w.redateAll(t)
	for i := range before + wrong + after {
		at := begin.Add(time.Duration(i) * time.Minute)
		if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ? AND at = ?`, p.from.Device, at.UnixMicro()); n != 1 {
			t.Fatalf("%d punches at the minute %d", n, i)
		}
	}
	// First the 1,000 right ones turned wrong with what was wrong by then, then all right.
	noted := 0
	for _, e := range must(w.AuditLog(t.Context(), w.admin.Actor(), access.AuditQuery{Action: "redate"}))(t).Entries {
		var n int
		if _, err := fmt.Sscanf(strings.TrimPrefix(e.Subject, string(p.from.Device)), "/%d/3600", &n); err != nil {
			t.Errorf("noted %q: %v", e.Subject, err)
		}
		noted += n
	}
	if noted < before+before+wrong || noted > 2*(before+wrong+after) {
		t.Errorf("%d times put right are noted", noted)
	}
}

// redateAll does what waits to be told anew.
func (w *world) redateAll(t *testing.T) {
	t.Helper()
	for must(w.Redate(t.Context()))(t) {
	}
}

// Clouds' clocks are wrong and right again as often as they like, the tablet's own is not
// compared at some rows, and the rows come in any order: while most are right, all are.
func TestCloudsClockSetOverABadNetwork(t *testing.T) {
	t.Parallel()
	w, few := newWorld(t), newWorld(t)
	few.atOnce = 3 // what is told anew later
	people := map[*world]attendance.Profile{w: w.person(t, "Anna", "Berg", w.north.ID), few: few.person(t, "Anna", "Berg", few.north.ID)}
	rapid.Check(t, func(r *rapid.T) {
		w := map[bool]*world{false: w, true: few}[rapid.Bool().Draw(r, "few at once")]
		anna := people[w]
		p := w.pen(t, w.admin.Org, w.north.ID)
		truth := map[uint64]time.Time{}
		var rows []device.Row
		at, lead := hour(1), 0
		write := func(off time.Duration, trust attendance.Trust) {
			at = at.Add(time.Duration(rapid.Int64Range(1, 3600e3).Draw(r, "ms later")) * time.Millisecond)
			row := p.stamped(anna.ID, "", at, trust, 0)
			row.Clock.Offset += off
			row = p.seal(row)
			p.last = row
			rows, truth[row.Seq] = append(rows, row), at
		}
		write(0, compared)
		for range rapid.IntRange(1, 80).Draw(r, "rows") {
			switch rapid.IntRange(0, 3).Draw(r, "which") {
			case 0, 1:
				lead--
				write(time.Duration(rapid.SampledFrom([]int{-3, -2, -1, 1, 2, 3}).Draw(r, "hours wrong"))*time.Hour, compared)
			case 2:
				lead++
				write(0, compared)
			default:
				write(0, stepped)
			}
		}
		for range max(1, 1-lead) {
			write(0, compared)
		}
		late := at.Add(24 * time.Hour)
		p.now = func() time.Time { return late }
		send := rapid.Permutation(rows).Draw(r, "order")
		if rapid.Bool().Draw(r, "in order") {
			send = slices.Clone(rows)
		}
		for len(send) > 0 {
			n := rapid.IntRange(1, min(len(send), 30)).Draw(r, "batch")
			w.deliver(t, p, send[:n]...)
			send = send[n:]
			if rapid.IntRange(0, 3).Draw(r, "told anew") == 0 {
				must(w.Redate(t.Context()))(t)
			}
		}
		w.redateAll(t)
		for _, row := range rows {
			m := w.momentOf(t, row)
			if off := m.At.Sub(truth[row.Seq]).Abs(); !m.Source.Sure() || off > m.Uncertainty+time.Millisecond {
				r.Errorf("row %d of %d is off by %s, claimed %s (%s)", row.Seq, len(rows), off, m.Uncertainty, m.Source)
			}
		}
		told := w.moments(t, p)
		w.deliver(t, p, rows...)
		if again := w.moments(t, p); again != told {
			r.Errorf("delivering again changed times:\n%s\n%s", told, again)
		}
	})
}
