package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// A tablet compared its clock with a cloud that was hours ahead. Its rows can't have
// happened after another cloud has them: they take their time from what was compared
// better, or at least not from the hours to come.
func TestComparisonWithCloudAhead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		good   float64 // when a row of the boot was compared well; 0: none was
		ahead  time.Duration
		source attendance.TimeSource
		at     time.Time
	}{
		"nothing better, and it is here at once": {0, 3 * time.Hour, attendance.Bounded, hour(9).Add(time.Second)},
		"a better one before":                    {8, 3 * time.Hour, attendance.Carried, hour(9)},
		"a better one after":                     {10, 3 * time.Hour, attendance.Carried, hour(9)},
		"within what clouds may differ by":       {0, 5 * time.Second, attendance.Compared, hour(9).Add(5 * time.Second)},
		"and just beyond":                        {0, 6100 * time.Millisecond, attendance.Bounded, hour(9).Add(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			anna := w.person(t, "Anna", "Berg", w.north.ID)
			p := w.pen(t, w.admin.Org, w.north.ID)
			keep := func(r device.Row, received time.Time) {
				t.Helper()
				p.now = func() time.Time { return received }
				w.deliver(t, p, r)
			}
			well := func(at float64) { keep(p.stamped(anna.ID, "", hour(at), compared, 0), hour(at)) }
			if c.good > 0 && c.good < 9 {
				well(c.good)
			}
			row := p.stamped(anna.ID, "", hour(9), compared, 0)
			row.Clock.Offset += c.ahead
			row = p.seal(row)
			p.last = row
			keep(row, hour(9).Add(time.Second))
			if c.good > 9 {
				well(c.good)
			}
			if m := w.momentOf(t, row); m.Source != c.source || m.At.Sub(c.at).Abs() > 5*time.Second || m.Source != attendance.Bounded && !m.At.Equal(c.at) {
				t.Errorf("%s, %s; want %s, %s", m.At, m.Source, c.at, c.source)
			}
		})
	}
}
