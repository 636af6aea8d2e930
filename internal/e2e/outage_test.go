package e2e_test

import (
	"fmt"
	"testing"
)

// A dead network and a power cut in the middle of the morning: everybody who
// saw a tick is in the list afterwards, once, in order, and nobody else is.
func TestOutageLosesNothing(t *testing.T) {
	t.Parallel()
	const people = 50
	w := newWorld(t)
	names := map[string]string{}
	for i := range people {
		id := w.employee("Person", fmt.Sprintf("%02d", i), uid(i+1))
		names[id] = fmt.Sprintf("Person %02d", i)
	}
	r := w.reader()
	tab := w.tablet(r.Connstring)
	device := w.activate(tab)
	w.known(device, people)

	w.check(w.cloud.Stop())
	var ticks []string // the punches whose tick was shown, in order
	tapAll := func(from, to int) {
		for i := from; i < to; i++ {
			w.check(r.Tap(w.ctx, uid(i+1)))
			s := w.scene(tab, "accepted")
			if want := fmt.Sprintf("Person %02d", i); s.Name != want || s.Direction != "in" {
				t.Errorf("tap %d greets %q going %q, want %q going in", i, s.Name, s.Direction, want)
			}
			ticks = append(ticks, s.Punch)
		}
	}
	tapAll(0, people/2)
	w.check(tab.Kill())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	tapAll(people/2, people)

	w.startCloud()
	w.eventually("all punches have arrived", func() bool { return len(w.punches()) >= people })
	got := w.punches()
	if len(got) != people {
		t.Fatalf("%d punches have arrived, want %d", len(got), people)
	}
	for i, p := range got {
		if p.ID != ticks[i] || p.Name != fmt.Sprintf("Person %02d", i) {
			t.Errorf("punch %d is %s of %q; the tick shown was %s", i, p.ID, p.Name, ticks[i])
		}
	}
}
