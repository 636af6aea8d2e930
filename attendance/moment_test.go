package attendance

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tablet is a tablet's clocks: the monotonic one is off by its drift alone, the
// other one is set to anything at any time.
type tablet struct {
	r     *rapid.T
	boot  time.Time // the truth
	wrong float64   // of the monotonic clock
	wall  time.Duration
	known bool
	est   time.Duration // of cloud minus wall
	width time.Duration
	step  bool
}

func newTablet(r *rapid.T, boot time.Time) *tablet {
	return &tablet{r: r, boot: boot, wrong: rapid.Float64Range(-drift/2, drift/2).Draw(r, "drift"), wall: jump(r)}
}

func jump(r *rapid.T) time.Duration {
	return time.Duration(rapid.Int64Range(-400*24, 400*24).Draw(r, "hours off")) * time.Hour
}

// read stamps a row at a true time.
func (d *tablet) read(now time.Time, id string) Stamp {
	since := now.Sub(d.boot)
	c := ClockReading{Device: now.Add(d.wall), Monotonic: since + time.Duration(float64(since)*d.wrong), BootID: id}
	if d.known {
		c.Offset, c.Uncertainty, c.Trust = d.est, d.width, TrustEstimated
	}
	if d.step {
		c.Trust = TrustStepped
		c.Offset = jump(d.r)
	}
	return Stamp{Clock: c, Received: now.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(d.r, "ms on the way")) * time.Millisecond)}
}

// happen does something to the wall clock.
func (d *tablet) happen() {
	switch rapid.IntRange(0, 5).Draw(d.r, "what happens") {
	case 0: // somebody sets the clock
		d.wall, d.step = jump(d.r), d.known
		d.known = false
	case 1: // it is compared
		d.width = time.Duration(rapid.Int64Range(1, 5000).Draw(d.r, "ms wide")) * time.Millisecond
		off := time.Duration(rapid.Int64Range(-int64(d.width), int64(d.width)).Draw(d.r, "off"))
		d.est, d.known, d.step = -d.wall+off, true, false
	}
}

// A tablet whose wall clock is set to anything at any time within a boot: once one
// row of the boot was compared, every row is within what is claimed for it, and
// whatever is known, no row is before the one before it.
func TestMomentsWithinABoot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		d := newTablet(r, now.Add(-time.Minute))
		var stamps []Stamp
		var truth []time.Time
		compared := false
		for range rapid.IntRange(1, 20).Draw(r, "rows") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 8*3600e3).Draw(r, "ms later")) * time.Millisecond)
			d.happen()
			s := d.read(now, "boot")
			d.width += drifted(time.Hour) // as the tablet lets it grow
			compared = compared || s.Clock.Trust == TrustEstimated
			stamps, truth = append(stamps, s), append(truth, now)
		}
		all := Moments(stamps)
		for i, m := range all {
			if i > 0 && m.At.Before(all[i-1].At) {
				r.Errorf("row %d is %v before the one before it", i, all[i-1].At.Sub(m.At))
			}
			if compared && !m.Source.Sure() {
				r.Errorf("row %d is %s although a row of the boot was compared", i, m.Source)
			}
			// The tablet's own claim grows with the time since the comparison; this
			// one's does so only in steps.
			slack := drifted(now.Sub(d.boot))
			if off := m.At.Sub(truth[i]).Abs(); compared && (m.Uncertainty < 0 || off > m.Uncertainty+slack) {
				r.Errorf("row %d is off by %v, which is more than %v", i, off, m.Uncertainty)
			}
			if !m.Source.Sure() && m.At.After(stamps[i].Received.Add(drifted(stamps[i].Clock.Monotonic)*2)) {
				r.Errorf("row %d happened %v after the cloud had it", i, m.At.Sub(stamps[i].Received))
			}
		}
	})
}

func TestMoments(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	stamp := func(boot string, mono, wall float64, trust Trust, width float64) Stamp {
		return Stamp{
			Clock:    ClockReading{BootID: boot, Monotonic: time.Duration(mono * float64(time.Second)), Device: at(wall), Trust: trust, Uncertainty: time.Duration(width * float64(time.Second))},
			Received: at(1000),
		}
	}
	const e, n, s = TrustEstimated, TrustNone, TrustStepped
	const year = 365 * 24 * 3600.0
	for what, c := range map[string]struct {
		stamps []Stamp
		want   []Moment
	}{
		"nothing":          {},
		"a row of its own": {[]Stamp{stamp("a", 1, 1, e, .5)}, []Moment{{At: at(1), Uncertainty: 500 * time.Millisecond, Source: Compared}}},
		"before the first comparison and after a step": {
			[]Stamp{stamp("a", 10, -year, n, 0), stamp("a", 20, 20, e, .01), stamp("a", 30, 9*year, s, 0)},
			[]Moment{{At: at(10), Uncertainty: 10*time.Millisecond + 500*time.Microsecond, Source: Carried}, {At: at(20), Uncertainty: 10 * time.Millisecond, Source: Compared}, {At: at(30), Uncertainty: 10*time.Millisecond + 500*time.Microsecond, Source: Carried}},
		},
		"the surer comparison counts": {
			[]Stamp{stamp("a", 10, 12, e, 5), stamp("a", 20, 0, s, 0), stamp("a", 30, 30, e, .01)},
			[]Moment{{At: at(12), Uncertainty: 5 * time.Second, Source: Compared}, {At: at(20), Uncertainty: 10*time.Millisecond + 500*time.Microsecond, Source: Carried}, {At: at(30), Uncertainty: 10 * time.Millisecond, Source: Compared}},
		},
		"a poor comparison gives way to a good one": {
			[]Stamp{stamp("a", 10, 14, e, 5), stamp("a", 11, 11, e, .01)},
			[]Moment{{At: at(11), Uncertainty: 5 * time.Second, Source: Compared}, {At: at(11), Uncertainty: 10 * time.Millisecond, Source: Compared}},
		},
		"and the other way round": {
			[]Stamp{stamp("a", 10, 10, e, .01), stamp("a", 11, 7, e, 5)},
			[]Moment{{At: at(10), Uncertainty: 10 * time.Millisecond, Source: Compared}, {At: at(10), Uncertainty: 5 * time.Second, Source: Compared}},
		},
		"never compared, and nothing says otherwise": {
			[]Stamp{stamp("a", 10, 11, n, 0), stamp("a", 20, 21, n, 0)},
			[]Moment{{At: at(11), Uncertainty: -1, Source: Unconfirmed}, {At: at(21), Uncertainty: -1, Source: Unconfirmed}},
		},
		"another boot's comparison is not carried over": {
			[]Stamp{stamp("a", 10, 10, e, .01), stamp("b", 5, 40, n, 0)},
			[]Moment{{At: at(10), Uncertainty: 10 * time.Millisecond, Source: Compared}, {At: at(40), Uncertainty: 0, Source: Unconfirmed}},
		},
		"without a boot nothing is carried": {
			[]Stamp{stamp("", 10, 10, e, .01), stamp("", 20, 40, n, 0)},
			[]Moment{{At: at(10), Uncertainty: 10 * time.Millisecond, Source: Compared}, {At: at(40), Uncertainty: 0, Source: Unconfirmed}},
		},
		"a clock of the past": {
			[]Stamp{stamp("a", 10, 10, e, .01), stamp("b", 5, -year, n, 0), stamp("b", 15, -year+10, n, 0)},
			[]Moment{{At: at(10), Uncertainty: 10 * time.Millisecond, Source: Compared}, {At: at(9.99), Uncertainty: 0, Source: Bounded}, {At: at(19.99), Uncertainty: 0, Source: Bounded}},
		},
		"a clock of the future": {
			[]Stamp{stamp("a", 100, year, n, 0), stamp("a", 300, year+200, n, 0)},
			[]Moment{{At: at(800.015), Uncertainty: -1, Source: Bounded}, {At: at(1000.015), Uncertainty: -1, Source: Bounded}},
		},
	} {
		got := Moments(c.stamps)
		if len(got) != len(c.want) {
			t.Fatalf("%s: %d moments", what, len(got))
		}
		for i, m := range got {
			w := c.want[i]
			if !m.At.Equal(w.At) || m.Source != w.Source || w.Uncertainty != 0 && m.Uncertainty != w.Uncertainty {
				t.Errorf("%s: row %d is %v ± %v (%s), want %v ± %v (%s)", what, i, m.At, m.Uncertainty, m.Source, w.At, w.Uncertainty, w.Source)
			}
		}
	}
}
