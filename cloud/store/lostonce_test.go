package store

import (
	"slices"
	"testing"

	"muster/device"
)

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
