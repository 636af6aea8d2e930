package store

import (
	"slices"
	"testing"

	"muster/device"
)

// A tablet has pruned rows behind a gap of its own that nothing closes. A database
// that was restored lacks them: that raises the alarm, once.
func TestLostBehindAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...)
	w.deliver(t, p, rows[6:8]...) // 4 to 6 are lost with the tablet's memory
	d := p.standing(3, 4)
	d.Standing[0].Gone = []device.Span{{From: 7, To: 8}}
	if got := w.answer(t, d); got.Again {
		t.Errorf("nothing is lacking, and the answer is %+v", got)
	}
	if got := w.reasons(t, p); len(got) != 0 {
		t.Errorf("alarms %v, though all is here", got)
	}
	for _, end := range []uint64{10, 10, 11, 12} { // 9 to 12 were confirmed, and are pruned day after day
		d.Standing[0].Gone[0].To = end
		if got := w.answer(t, d); got.Again {
			t.Errorf("the tablet has nothing of it, and the answer is %+v", got)
		}
		if end == 10 {
			if got := w.reasons(t, p); !slices.Equal(got, []string{string(device.AlarmLost)}) {
				t.Errorf("alarms %v, want one about the lost rows", got)
			}
		}
	}
}

// What a restored database has lost is told once, whatever the tablet prunes
// later: somebody has looked, and the rows behind the gap are here.
func TestLostIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // then the backup; 4 and 5 are pruned, 6 to 12 told again
	w.answer(t, p.standing(12, 6))
	w.answer(t, p.standing(12, 6, rows[5:]...))
	if got := w.reasons(t, p); !slices.Equal(got, []string{string(device.AlarmLost)}) {
		t.Fatalf("alarms %v", got)
	}
	for oldest := uint64(7); oldest < 12; oldest++ { // day after day
		w.answer(t, p.standing(12, oldest))
	}
	if got := w.reasons(t, p); len(got) != 1 {
		t.Errorf("alarms %v, want one about the lost rows", got)
	}
}

// A tablet has left a stream and tells only what it had pruned in it: what is not here,
// or is another row, is lost. There is nothing to be sent again.
func TestLostInAStreamThatWasLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 6 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows...)
	asks := func(p *pen, before device.Hash) []string {
		t.Helper()
		d := p.standing(5, 6)
		d.Asks, d.Standing[0].Before = true, before
		if got := w.answer(t, d); got.Again || got.Forked {
			t.Errorf("the tablet has nothing of it, and the answer is %+v", got)
		}
		return w.reasons(t, p)
	}
	if got := asks(p, rows[4].Hash); len(got) != 0 {
		t.Errorf("all is here, and alarms %v", got)
	}
	if got := asks(p, rows[3].Hash); !slices.Equal(got, []string{string(device.AlarmLost)}) {
		t.Errorf("another row is here, and alarms %v", got)
	}
	other := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, other, other.punch(anna.ID, ""), other.punch(anna.ID, ""))
	for range 3 { // session after session
		if got := asks(other, rows[4].Hash); !slices.Equal(got, []string{string(device.AlarmLost)}) {
			t.Errorf("the last three are not here, and alarms %v", got)
		}
	}
}
