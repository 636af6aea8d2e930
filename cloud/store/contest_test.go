package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"muster/device"
)

// The cloud's clock is set wrong under a running tablet and put right again. What was
// tapped before keeps its time, what was tapped meanwhile gets the right one once most
// of the boot's rows say so, in whatever order the rows come and however they are
// delivered.
func TestCloudsClockSetUnderATablet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off                  time.Duration
		before, wrong, after int
	}{
		"an hour back":                 {-time.Hour, 9, 4, 3},
		"an hour on":                   {time.Hour, 9, 4, 3},
		"a month on":                   {30 * 24 * time.Hour, 3, 4, 9},
		"back to 1970":                 {-56 * 365 * 24 * time.Hour, 9, 4, 3},
		"wrong for longer than before": {-time.Hour, 3, 81, 90},
		"on, for longer than before":   {time.Hour, 3, 81, 90},
		"1970 for longer than before":  {-56 * 365 * 24 * time.Hour, 3, 42, 3},
	} {
		for _, at := range []struct {
			name    string
			shuffle bool
			each    int
		}{{"one by one", false, 1}, {"by threes", false, 3}, {"in any order", true, 1}} {
			t.Run(name+", "+at.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				anna := w.person(t, "Anna", "Berg", w.north.ID)
				p := w.pen(t, w.admin.Org, w.north.ID)
				type sent struct {
					row      device.Row
					received time.Time
				}
				var rows []sent
				truth := map[uint64]time.Time{}
				now := hour(1)
				for i := range c.before + c.wrong + c.after {
					now = now.Add(5 * time.Minute)
					r := p.stamped(anna.ID, "", now, compared, 0)
					r.Clock.Uncertainty = time.Duration(1+rand.IntN(30)) * time.Millisecond
					received := now.Add(time.Second)
					if i >= c.before && i < c.before+c.wrong {
						r.Clock.Offset, received = r.Clock.Offset+c.off, received.Add(c.off)
					}
					r = p.seal(r)
					p.last = r
					rows, truth[r.Seq] = append(rows, sent{r, received}), now
				}
				if at.shuffle {
					rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
				}
				for i := 0; i < len(rows); i += at.each {
					var batch []device.Row
					for _, s := range rows[i:min(i+at.each, len(rows))] {
						batch = append(batch, s.row)
						p.now = func() time.Time { return s.received }
					}
					w.deliver(t, p, batch...)
				}
				for _, s := range rows {
					if m := w.momentOf(t, s.row); !m.At.Equal(truth[s.row.Seq]) || !m.Source.Sure() {
						t.Errorf("row %d is %s off (%s)", s.row.Seq, m.At.Sub(truth[s.row.Seq]), m.Source)
					}
				}
			})
		}
	}
}
