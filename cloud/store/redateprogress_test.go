package store

import (
	"testing"
	"time"

	"muster/device"
)

// busyJournal is a tablet of which a few rows are told anew at a time, and all that come wait
// for that. Of its first rows every second has not come yet.
func busyJournal(t *testing.T) (s *twin, late []device.Row) {
	t.Helper()
	w := newWorld(t)
	w.atOnce, w.thrift.each = 1, 0
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s = &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	offs := make([]time.Duration, 120)
	offs[3] = -time.Hour
	rows := s.far(anna.ID, 0, 0, offs...)
	var there []device.Row
	for i, r := range rows {
		if i > 4 && i < 110 && i%2 == 1 {
			late = append(late, r)
		} else {
			there = append(there, r)
		}
	}
	w.deliver(t, s.p, there...)
	if m := w.momentOf(t, rows[119]); m.Source.Sure() {
		t.Fatal("nothing waits")
	}
	return s, late
}

// newestIsToldWithin wants the newest row told for sure, and when it was, before the last of
// the late ones has come; and in the end all of them.
func (s *twin) newestIsToldWithin(t *testing.T, late []device.Row, turn func(device.Row)) {
	t.Helper()
	newest, told := s.rows[len(s.rows)-1], false
	for _, r := range late {
		turn(r)
		m := s.momentOf(t, newest)
		told = told || m.Source.Sure() && m.At.Equal(newest.Clock.Device)
	}
	if !told {
		t.Errorf("not told after %d turns", len(late))
	}
	s.redateAll(t)
	s.right(t, s.rows)
}

// A tablet that was taken over brings rows from long ago all the time, and each has others told
// anew. The newest rows, which somebody waits for, are told all the same, before it is at its end.
func TestNewestRowsAreToldWhileOldOnesCome(t *testing.T) {
	t.Parallel()
	s, late := busyJournal(t)
	s.newestIsToldWithin(t, late, func(r device.Row) {
		s.deliver(t, s.p, r)
		must(s.Redate(t.Context()))(t)
	})
}

// Neither does it help that rows come each time while it is reckoned what others turn out to be.
// What is told then all the same is looked at again.
func TestNewestRowsAreToldWhileRowsComeAllTheTime(t *testing.T) {
	t.Parallel()
	s, late := busyJournal(t)
	s.newestIsToldWithin(t, late, func(r device.Row) {
		o := must(s.nextOwed(t.Context()))(t)
		found := must(s.retelling(t.Context(), o))(t)
		s.deliver(t, s.p, r)
		for more := true; more; {
			more = must(s.tellAnew(t.Context(), &o, found))(t)
		}
	})
}

// What was told though rows came meanwhile may be wrong by then: it is put right.
func TestWhatWasToldStaleIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.atOnce, w.thrift.each = 3, 0
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	offs := make([]time.Duration, 20)
	for i := range 8 {
		offs[i] = time.Hour // these are most of the first 12, and not of all
	}
	rows := s.far(anna.ID, 0, 0, offs...)
	w.deliver(t, s.p, rows[:12]...)
	o := must(w.nextOwed(t.Context()))(t)
	o.tries = inVain
	found := must(w.retelling(t.Context(), o))(t)
	w.deliver(t, s.p, rows[12:]...)
	w.exec(t, `UPDATE redatings SET high = 12, again_high = 0`) // as if what came had shown nothing of the others
	for more := true; more; {
		more = must(w.tellAnew(t.Context(), &o, found))(t)
	}
	if m := w.momentOf(t, rows[11]); m.At.Equal(rows[11].Clock.Device) {
		t.Fatal("what was told is right")
	}
	w.redateAll(t)
	s.right(t, rows[:12])
}
