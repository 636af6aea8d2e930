package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// What waits to be told anew when an organisation is moved away is told anew here when it is
// taken back.
func TestToldAnewWhenTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.atOnce = 3
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var wrong, right []device.Row
	for i := range 30 {
		r := p.stamped(anna.ID, "", hour(1).Add(time.Duration(i)*time.Minute), attendance.TrustEstimated, 0)
		if i < 10 {
			r.Clock.Offset = time.Hour
		}
		p.last = p.seal(r)
		if i < 10 {
			wrong = append(wrong, p.last)
		} else {
			right = append(right, p.last)
		}
	}
	w.deliver(t, p, wrong...)
	w.deliver(t, p, right...)
	w.exec(t, `INSERT INTO departures (org, at) VALUES (?, 1)`, w.admin.Org)
	w.redateAll(t)
	if err := w.TakeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.redateAll(t)
	for _, r := range wrong {
		if m := w.momentOf(t, r); !m.At.Equal(r.Clock.Device) {
			t.Errorf("row %d is %s off", r.Seq, m.At.Sub(r.Clock.Device))
		}
	}
}
