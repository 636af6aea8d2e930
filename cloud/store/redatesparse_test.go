package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// A tablet that was taken over may leave as large a gap in its journal as it likes. What is
// told anew goes by rows that are there, not by numbers between them.
func TestToldAnewOverALargeGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.atOnce = 3
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	at := hour(1)
	write := func(off time.Duration) device.Row {
		at = at.Add(time.Minute)
		r := p.stamped(anna.ID, "", at, attendance.TrustEstimated, 0)
		r.Clock.Offset = off
		p.last = p.seal(r)
		return p.last
	}
	var wrong, right []device.Row
	for range 10 {
		wrong = append(wrong, write(time.Hour))
	}
	for range 20 {
		right = append(right, write(0))
	}
	p.last.Seq = 1 << 50
	wrong = append(wrong, write(time.Hour))
	right = append(right, write(0))
	w.deliver(t, p, wrong...)
	w.deliver(t, p, right...)
	if n := w.number(t, `SELECT count(*) FROM redatings`); n != 1 {
		t.Fatalf("%d streams wait", n)
	}
	for range 20 {
		if more, err := w.Redate(t.Context()); err != nil {
			t.Fatal(err)
		} else if !more {
			break
		}
	}
	if n := w.number(t, `SELECT count(*) FROM redatings`); n != 0 {
		t.Errorf("%d rows of the journal are still to be looked at", w.number(t, `SELECT high - low FROM redatings`))
	}
	for _, r := range wrong {
		if m := w.momentOf(t, r); !m.At.Equal(r.Clock.Device) {
			t.Errorf("row %d is %s off", r.Seq, m.At.Sub(r.Clock.Device))
		}
	}
}
