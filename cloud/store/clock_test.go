package store

import (
	"testing"
	"time"
)

// Where the database has a clock of its own, a cloud finds out how far its own is
// from that, and people are told for as long as it takes no tablets.
func TestReplicaClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	ahead := w.beside("a-1")
	ahead.now = func() time.Time { return time.Now().Add(time.Hour) }
	_, has := ahead.read.Dialect.(timekeeper)
	k, ok, err := ahead.Skew(ctx)
	if err != nil || ok != has || ok && (!k.Beyond(50*time.Minute) || k.Beyond(70*time.Minute)) {
		t.Errorf("an hour ahead: %+v, %v, %v; the database has a clock: %v", k, ok, err, has)
	}
	names := func() (all []string) {
		for _, c := range must(w.Organisation(ctx, w.admin.Actor()))(t).WrongClocks {
			if c.Off != time.Hour {
				t.Errorf("off by %s", c.Off)
			}
			all = append(all, c.Name)
		}
		return all
	}
	ahead.NoteClock(ReplicaClock{Off: time.Hour, Wrong: true})
	for range 2 { // new, then known
		must(beat(ctx, ahead))(t)
		if got := names(); len(got) != 1 || got[0] != "a" {
			t.Errorf("wrong: %q", got)
		}
	}
	ahead.NoteClock(ReplicaClock{Off: time.Hour})
	must(beat(ctx, ahead))(t)
	if got := names(); len(got) != 0 {
		t.Errorf("wrong: %q", got)
	}
}
