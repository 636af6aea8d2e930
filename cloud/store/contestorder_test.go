package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// wind is a row of a tablet, and what a cloud's clock was off by that it was compared
// with.
type wind struct {
	kind  string
	later time.Duration
	trust attendance.Trust
	off   time.Duration
	boot  int
}

// winds writes them.
func (s *twin) winds(anna attendance.ProfileID, all ...wind) {
	at, boot, since := hour(1), 0, time.Duration(0)
	for _, l := range all {
		var row device.Row
		switch l.kind {
		case "reader":
			row = s.p.write(device.KindReader, &wire.ReaderPayload{State: "missing"})
		case "refusal":
			row = s.p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
		default:
			row = s.p.punch(anna, "")
		}
		if l.boot != boot {
			boot, since = l.boot, 0
		}
		at, since = at.Add(l.later), since+l.later
		row.Clock = attendance.ClockReading{Device: at, Monotonic: since, BootID: fmt.Sprint("boot ", l.boot), Trust: l.trust, Uncertainty: 20 * time.Millisecond}
		if l.trust == compared {
			row.Clock.Offset = l.off
		}
		s.p.last = s.p.seal(row)
		s.rows = append(s.rows, s.p.last)
	}
}

// times is when the rows are told to have happened, in words that don't tell the
// tablets apart.
func (s *twin) times(t *testing.T) (all []string) {
	t.Helper()
	for i, r := range s.rows {
		id := r.ID.String()
		told := append(must(collect(t.Context(), s.read, scanOne[string],
			`SELECT CAST(at AS TEXT) || ' ' || CAST(uncertainty AS TEXT) || ' ' || clock_source FROM punches WHERE id = ?`, id))(t),
			must(collect(t.Context(), s.read, scanOne[string], `SELECT CAST(at AS TEXT) FROM refusals WHERE id = ?`, id))(t)...)
		all = append(all, fmt.Sprint(i, " ", s.script(i), " ", told))
	}
	return all
}

func (s *twin) script(i int) string {
	c := s.rows[i].Clock
	return fmt.Sprint(s.rows[i].Kind, " of ", c.BootID, " after ", c.Monotonic, " off by ", c.Offset, " trust ", c.Trust)
}

// lastIs delivers the rows one by one, and checks when the last is told to have happened.
func (s *twin) lastIs(t *testing.T, truth time.Time) {
	t.Helper()
	for _, r := range s.rows {
		s.deliver(t, s.p, r)
	}
	if m := s.momentOf(t, s.rows[len(s.rows)-1]); !m.At.Equal(truth) {
		t.Errorf("the last is %s off (%s)", m.At.Sub(truth), m.Source)
	}
}

// A cloud's clock was wrong for a while, and the tablet was started again since, twice.
// The boots beside are looked at to tell when the first rows of the last one happened;
// what most rows of the first one said counts on.
func TestBootBesideContestedOneStartsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	var all []wind
	for boot, trusts := range [][]attendance.Trust{{compared, compared, compared, compared, compared, compared}, {compared, compared}, {never}} {
		for i, trust := range trusts {
			l := wind{later: time.Minute, trust: trust, boot: boot}
			if boot == 0 && (i == 2 || i == 3) {
				l.off = -time.Hour
			}
			all = append(all, l)
		}
	}
	s.winds(anna.ID, all...)
	for _, r := range s.rows {
		w.deliver(t, s.p, r)
	}
	for i, r := range s.rows {
		if m, truth := w.momentOf(t, r), hour(1).Add(time.Duration(i+1)*time.Minute); !m.At.Equal(truth) {
			t.Errorf("%s: %s off (%s)", s.script(i), m.At.Sub(truth), m.Source)
		}
	}
}

// What happens now comes before what waits, and may be a row that has no time of its own
// to be told: what comes later still has its say of the boot, and no time of its own where
// most contradict it.
func TestRowBeforeOneWithoutATimeIsOutvotedWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	s.winds(anna.ID,
		wind{later: time.Minute, trust: compared, off: time.Hour}, wind{kind: "reader", later: time.Minute, trust: compared, off: time.Hour},
		wind{later: time.Minute, trust: compared}, wind{later: time.Minute, trust: compared}, wind{later: time.Minute, trust: compared})
	w.deliver(t, s.p, s.rows[1:]...)
	w.deliver(t, s.p, s.rows[0])
	if m := w.momentOf(t, s.rows[0]); !m.At.Equal(hour(1).Add(time.Minute)) {
		t.Errorf("the first is %s off (%s)", m.At.Sub(hour(1).Add(time.Minute)), m.Source)
	}
}

// Neither does a row say so that was not compared, nor one of which no time is told after
// it.
func TestRowAfterOneWithoutAComparisonIsOutvotedWithThose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	s.winds(anna.ID,
		wind{later: time.Minute, trust: compared}, wind{later: time.Minute, trust: compared}, wind{later: time.Minute, trust: compared},
		wind{later: time.Minute, trust: compared, off: -time.Hour}, wind{later: time.Minute, trust: stepped},
		wind{kind: "reader", later: time.Minute, trust: compared, off: time.Hour}, wind{later: time.Minute, trust: compared, off: time.Hour})
	s.lastIs(t, hour(1).Add(7*time.Minute))
}

// The reader fails and comes back all the time, so that for long no time is told of any
// row: what comes then is judged by the boot all the same.
func TestRowAfterManyWithoutATimeIsOutvotedWithThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	var all []wind
	for range margin + 6 {
		all = append(all, wind{later: time.Minute, trust: compared})
	}
	for range margin {
		all = append(all, wind{kind: "reader", later: time.Minute, trust: compared, off: -time.Hour})
	}
	s.winds(anna.ID, append(all, wind{later: time.Minute, trust: compared, off: -time.Hour})...)
	s.lastIs(t, hour(1).Add(time.Duration(len(s.rows))*time.Minute))
}

// Boots of which comparisons contradict each other lie beside others and beside rows that
// were not compared: in whatever order the rows come, what is told of them in the end is
// the same.
func TestTimesDontDependOnTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		all := windy(r, 24, 1, -4)
		first, other := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}, &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
		first.winds(anna.ID, all...)
		other.winds(anna.ID, all...)
		if rapid.Bool().Draw(r, "one by one") {
			for _, row := range first.rows {
				w.deliver(t, first.p, row)
			}
		}
		w.deliver(t, first.p, first.rows...)
		send := slices.Clone(other.rows)
		switch rapid.IntRange(0, 2).Draw(r, "order") {
		case 0:
			slices.Reverse(send)
		case 1:
			send = rapid.Permutation(send).Draw(r, "any order")
		}
		for len(send) > 0 {
			n := rapid.IntRange(1, min(6, len(send))).Draw(r, "batch")
			w.deliver(t, other.p, send[:n]...)
			send = send[n:]
		}
		if a, b := first.times(t), other.times(t); !slices.Equal(a, b) {
			for i := range a {
				if a[i] == b[i] {
					b[i] = "the same"
				}
				r.Logf("%s\n  in order; otherwise %s", a[i], b[i])
			}
			r.Error("the times depend on the order")
		}
	})
}
