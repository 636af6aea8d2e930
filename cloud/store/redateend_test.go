package store

import (
	"testing"
	"time"
)

// What is told anew ends where the tablet's journal does: nobody goes through what may
// come once.
func TestRedatingsEndWithTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.atOnce = 3
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	var all []wind
	for i := range 20 {
		l := wind{later: time.Minute, trust: compared}
		if i >= 13 {
			l.off = -time.Hour
		}
		all = append(all, l)
	}
	s.winds(anna.ID, all...)
	w.deliver(t, s.p, s.rows[10:]...)
	w.redateAll(t)
	w.deliver(t, s.p, s.rows[:10]...)
	if n := w.number(t, `SELECT count(*) FROM redatings`); n != 1 {
		t.Fatalf("%d journals wait, want 1", n)
	}
	turns := 0
	for must(w.Redate(t.Context()))(t) {
		if turns++; turns > len(s.rows) {
			t.Fatalf("%d turns for %d rows, and no end", turns, len(s.rows))
		}
	}
	for i, r := range s.rows {
		if m, truth := w.momentOf(t, r), hour(1).Add(time.Duration(i+1)*time.Minute); !m.At.Equal(truth) {
			t.Errorf("%s: %s off (%s)", s.script(i), m.At.Sub(truth), m.Source)
		}
	}
}
