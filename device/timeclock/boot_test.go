package timeclock_test

import (
	"fmt"
	"testing"
	"time"

	"muster/attendance"
)

// switchOn starts the tablet again after a power cut, with a clock that shows
// something of its own.
func (g *gate) switchOn(shows time.Time) {
	g.t.Helper()
	g.now, g.mono, g.boot = shows, time.Minute, g.boot+"+"
	g.startAgain()
}

// A tablet without a battery for its clock goes on where it stopped: hours after
// somebody's punch it shows the time of that punch. Their next tap is one of its
// own, whatever the clock says; only clocks that were compared with the cloud's, in
// both boots, can tell that it is the same one.
func TestTapAfterPowerCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after bool // the clock was compared in that boot
		shows         time.Duration
		soon          bool
	}{
		{false, false, time.Second, false},
		{true, false, time.Second, false},
		{false, true, time.Second, false},
		{false, false, 0, false},
		{false, false, -time.Second, false},
		{true, true, 2 * time.Second, true},
		{true, true, 5 * time.Second, false},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			if c.before {
				g.clock.Compared(0, time.Millisecond)
			}
			in := g.tap(annaUID)
			if !in.Accepted || in.Punch.Direction != attendance.In {
				t.Fatalf("receipt %+v", in)
			}
			g.switchOn(g.now.Add(c.shows))
			if c.after {
				g.clock.Compared(0, time.Millisecond)
			}
			r := g.tap(annaUID)
			if c.soon {
				if r.Accepted || r.Reason != attendance.TooSoon || !r.Punch.At.Equal(in.Punch.At) {
					t.Errorf("receipt %+v", r)
				}
				return
			}
			if !r.Accepted || r.Punch.Direction != attendance.Out {
				t.Fatalf("after the power cut: %+v", r)
			}
			g.pass(2 * time.Second)
			if again := g.tap(annaUID); again.Reason != attendance.TooSoon || !again.Punch.At.Equal(r.Punch.At) {
				t.Errorf("twice in the new boot: %+v", again)
			}
		})
	}
}
