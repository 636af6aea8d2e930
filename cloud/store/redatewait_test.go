package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// outvoted is a tablet of which some rows were compared with a cloud that was an hour wrong,
// and most were not: the others are told anew by those, three in a transaction.
type outvoted struct {
	*world
	pen   *pen
	anna  attendance.Profile
	at    time.Time
	wrong []device.Row
	right []device.Row
}

// newOutvoted writes ten rows that are wrong and twenty that are right, a minute apart.
func newOutvoted(t *testing.T) *outvoted {
	t.Helper()
	w := newWorld(t)
	w.atOnce = 3
	w.clock.forward(100 * 24 * time.Hour)
	o := &outvoted{world: w, pen: w.pen(t, w.admin.Org, w.north.ID), anna: w.person(t, "Anna", "Berg", w.north.ID), at: hour(1)}
	for range 10 {
		o.wrong = append(o.wrong, o.write(time.Hour))
	}
	for range 20 {
		o.right = append(o.right, o.write(0))
	}
	return o
}

// write writes the next row, compared with a cloud that was off.
func (o *outvoted) write(off time.Duration) device.Row {
	r := o.pen.stamped(o.anna.ID, "", o.at, attendance.TrustEstimated, 0)
	r.Clock.Offset = off
	o.pen.last = o.pen.seal(r)
	o.at = o.at.Add(time.Minute)
	return o.pen.last
}

// arrive delivers those that are wrong, then those that are right.
func (o *outvoted) arrive(t *testing.T) {
	t.Helper()
	o.deliver(t, o.pen, o.wrong...)
	o.deliver(t, o.pen, o.right...)
}

// mended checks that each row that was wrong has its right time.
func (o *outvoted) mended(t *testing.T) {
	t.Helper()
	for _, r := range o.wrong {
		if m := o.momentOf(t, r); !m.At.Equal(r.Clock.Device) {
			t.Errorf("row %d is %s off", r.Seq, m.At.Sub(r.Clock.Device))
		}
	}
}

// What waits to be told anew when an organisation is moved away is told anew here when it is
// taken back.
func TestToldAnewWhenTakenBack(t *testing.T) {
	t.Parallel()
	o := newOutvoted(t)
	o.arrive(t)
	o.exec(t, `INSERT INTO departures (org, at) VALUES (?, 1)`, o.admin.Org)
	o.redateAll(t)
	if err := o.TakeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.redateAll(t)
	o.mended(t)
}

// A tablet that was taken over may leave as large a gap in its journal as it likes. What is
// told anew goes by rows that are there, not by numbers between them.
func TestToldAnewOverALargeGap(t *testing.T) {
	t.Parallel()
	o := newOutvoted(t)
	o.pen.last.Seq = 1 << 50
	o.wrong = append(o.wrong, o.write(time.Hour))
	o.right = append(o.right, o.write(0))
	o.arrive(t)
	if n := o.number(t, `SELECT count(*) FROM redatings`); n != 1 {
		t.Fatalf("%d streams wait", n)
	}
	for range 20 {
		if more, err := o.Redate(t.Context()); err != nil {
			t.Fatal(err)
		} else if !more {
			break
		}
	}
	if n := o.number(t, `SELECT count(*) FROM redatings`); n != 0 {
		t.Errorf("%d rows of the journal are still to be looked at", o.number(t, `SELECT high - low FROM redatings`))
	}
	o.mended(t)
}
