package journal_test

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
)

// hardware is a machine whose clocks the test turns.
type hardware struct {
	wall time.Time
	mono time.Duration
	boot string
}

func (h *hardware) Wall() time.Time          { return h.wall }
func (h *hardware) Monotonic() time.Duration { return h.mono }
func (h *hardware) BootID() string           { return h.boot }

// pass lets time go by for both clocks.
func (h *hardware) pass(d time.Duration) {
	h.wall, h.mono = h.wall.Add(d), h.mono+d
}

func machine() *hardware {
	return &hardware{wall: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC), mono: time.Hour, boot: "boot-1"}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	h := machine()
	c := journal.NewClock(h, device.ClockEstimate{})
	if r := c.Read(); r.Trust != attendance.TrustNone || r.Offset != 0 || r.BootID != "boot-1" || r.Monotonic != time.Hour || !r.Device.Equal(h.wall) {
		t.Errorf("before any comparison: %+v", r)
	}
	c.Compared(2*time.Second, 10*time.Millisecond)
	r := c.Read()
	if r.Trust != attendance.TrustEstimated || r.Offset != 2*time.Second || r.Uncertainty != 10*time.Millisecond {
		t.Errorf("after a comparison: %+v", r)
	}
	h.pass(10 * time.Hour)
	if r := c.Read(); r.Trust != attendance.TrustEstimated || r.Uncertainty <= time.Second || r.Uncertainty > 5*time.Second {
		t.Errorf("ten hours on the estimate is good to %v, want some seconds", r.Uncertainty)
	}
}

// Whoever sets the clock changes the tablet's time, not the true one.
func TestStepKeepsTheTrueTime(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{-3 * time.Hour, -time.Second, time.Second, 40 * 365 * 24 * time.Hour} {
		h := machine()
		c := journal.NewClock(h, device.ClockEstimate{})
		c.Compared(2*time.Second, time.Millisecond)
		h.pass(time.Minute)
		before := c.Read().Cloud()
		h.wall = h.wall.Add(step)
		r := c.Read()
		if r.Trust != attendance.TrustStepped || !r.Cloud().Equal(before) {
			t.Errorf("step of %v: trust %v, true time moved by %v", step, r.Trust, r.Cloud().Sub(before))
		}
		c.Compared(2*time.Second-step, time.Millisecond)
		if r := c.Read(); r.Trust != attendance.TrustEstimated || !r.Cloud().Equal(before) {
			t.Errorf("step of %v, compared again: %+v", step, r)
		}
	}
}

// A clock that is corrected gently (adjtime) is not a clock that was set.
func TestSlewIsNoStep(t *testing.T) {
	t.Parallel()
	h := machine()
	c := journal.NewClock(h, device.ClockEstimate{})
	c.Compared(0, time.Millisecond)
	for range 10_000 {
		h.pass(time.Second)
		h.wall = h.wall.Add(500 * time.Microsecond) // the fastest that Linux slews
		if r := c.Read(); r.Trust != attendance.TrustEstimated {
			t.Fatal("a slew is taken for a step")
		}
	}
}

// The estimate of this boot holds after a restart of the agent; a step while it
// was down shows. The estimate of another boot is of no use.
func TestEstimateSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := machine()
	c := journal.NewClock(h, device.ClockEstimate{})
	if _, ok := c.Estimate(); ok {
		t.Error("there is an estimate before any comparison")
	}
	c.Compared(2*time.Second, time.Millisecond)
	kept, ok := c.Estimate()
	if !ok {
		t.Fatal("no estimate to keep")
	}
	h.pass(time.Minute)
	if r := journal.NewClock(h, kept).Read(); r.Trust != attendance.TrustEstimated || r.Offset != 2*time.Second {
		t.Errorf("after a restart: %+v", r)
	}
	true1 := h.wall.Add(2 * time.Second)
	h.wall = h.wall.Add(time.Hour)
	if r := journal.NewClock(h, kept).Read(); r.Trust != attendance.TrustStepped || !r.Cloud().Equal(true1) {
		t.Errorf("after a step while nobody looked: %+v", r)
	}
	h.boot, h.mono = "boot-2", time.Second
	if r := journal.NewClock(h, kept).Read(); r.Trust != attendance.TrustNone || r.Offset != 0 {
		t.Errorf("after a boot: %+v", r)
	}
}

// A clock that was set while the line was away, a good while after the boot: an
// agent that is started again doesn't put the step down to slewing.
func TestStepSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := machine()
	h.pass(10 * 24 * time.Hour)
	c := journal.NewClock(h, device.ClockEstimate{})
	c.Compared(2*time.Second, time.Millisecond)
	kept, _ := c.Estimate()
	h.pass(time.Minute)
	for _, told := range []bool{false, true} { // whether the running agent has written a row since
		h := *h
		c := journal.NewClock(&h, kept)
		now := h.wall.Add(2 * time.Second)
		h.wall = h.wall.Add(5 * time.Minute)
		var row attendance.ClockReading
		if told {
			row = c.Read()
		}
		h.pass(time.Second)
		r := journal.NewClock(&h, journal.Newest(&h, kept, row)).Read()
		if r.Trust != attendance.TrustStepped || r.Cloud().Sub(now).Abs() > 2*time.Second {
			t.Errorf("told %v: %s, wrong by %v", told, r.Trust, r.Cloud().Sub(now))
		}
	}
}
