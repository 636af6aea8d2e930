package journal

import (
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
)

// What is put down to a clock that is being slewed (adjtime moves it by at most
// one part in 2000) rather than set. A difference beyond both is a step.
const (
	stepFloor = 500 * time.Millisecond
	slewRate  = 1.0 / 1000
	driftRate = 50e-6 // how fast an estimate grows uncertain; cheap quartz
)

// Clock reads the time together with everything known about how far it can be
// believed. It is safe for use by many goroutines.
type Clock struct {
	src Source

	mu      sync.Mutex
	est     device.ClockEstimate
	at      time.Duration // monotonic, when the anchor was last looked at
	made    time.Duration // monotonic, when the estimate was made
	known   bool          // compared with the cloud since this boot
	pending time.Duration // a step that the journal hasn't told yet
	stepped bool
}

// NewClock starts from the estimate that was kept last. It counts only if it is
// of this boot; then a step that happened while nobody looked is noticed too.
func NewClock(src Source, kept device.ClockEstimate) *Clock {
	c := &Clock{src: src}
	mono := src.Monotonic()
	if kept.BootID == src.BootID() && !kept.Anchor.IsZero() {
		c.est, c.known = kept, true
		c.at, c.made = kept.At, kept.At // what may be put down to slewing since
		return c
	}
	c.est = device.ClockEstimate{BootID: src.BootID(), Anchor: src.Wall().Add(-mono)}
	c.at = mono
	return c
}

// Newest returns the newer of an estimate that was kept and what the newest row
// of the journal says of the clock: that one may have seen a step since.
func Newest(src Source, kept device.ClockEstimate, row attendance.ClockReading) device.ClockEstimate {
	if row.BootID != src.BootID() || row.Trust == attendance.TrustNone || kept.BootID == row.BootID && kept.At > row.Monotonic {
		return kept
	}
	return device.ClockEstimate{
		BootID: row.BootID, Anchor: row.Device.Add(-row.Monotonic), Offset: row.Offset, Uncertainty: row.Uncertainty,
		Stepped: row.Trust == attendance.TrustStepped, At: row.Monotonic,
	}
}

// Read returns the time now.
func (c *Clock) Read() attendance.ClockReading {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

func (c *Clock) read() attendance.ClockReading {
	// The wall clock stands between two looks at the other: a process that is
	// stopped in the middle must not look like a step.
	before := c.src.Monotonic()
	wall := c.src.Wall()
	mono := c.src.Monotonic()
	for range 3 {
		if mono-before < 10*time.Millisecond {
			break
		}
		before = mono
		wall = c.src.Wall()
		mono = c.src.Monotonic()
	}
	c.look(wall, mono)
	r := attendance.ClockReading{
		Device: wall.Truncate(time.Microsecond), Monotonic: mono.Truncate(time.Microsecond), BootID: c.est.BootID,
	}
	if !c.known {
		return r
	}
	r.Offset = c.est.Offset.Truncate(time.Microsecond)
	r.Uncertainty = (c.est.Uncertainty + time.Duration(float64(mono-c.made)*driftRate)).Truncate(time.Microsecond)
	r.Trust = attendance.TrustEstimated
	if c.est.Stepped {
		r.Trust = attendance.TrustStepped
	}
	return r
}

// look compares the two clocks. After a step the offset is corrected by it, so
// that the best estimate of the true time stays what it was.
func (c *Clock) look(wall time.Time, mono time.Duration) {
	anchor := wall.Add(-mono)
	moved := anchor.Sub(c.est.Anchor)
	allowed := stepFloor + time.Duration(float64(max(mono-c.at, 0))*slewRate)
	c.est.Anchor, c.at = anchor, mono
	if moved.Abs() <= allowed {
		return
	}
	c.pending += moved
	c.stepped = true
	if c.known {
		c.est.Offset -= moved
		c.est.Stepped = true
	}
}

// Step returns by how much the wall clock was set since the last call of Told;
// ok is false when it wasn't.
func (c *Clock) step() (d time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending, c.stepped
}

// told takes note that the journal has told of a step.
func (c *Clock) told(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending -= d
	c.stepped = c.pending != 0
}

// Compared takes a new comparison with the cloud's clock: its time minus the
// tablet's, and half the width of that estimate.
func (c *Clock) Compared(offset, uncertainty time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono := c.src.Wall(), c.src.Monotonic()
	c.look(wall, mono)
	c.est.Offset, c.est.Uncertainty, c.est.Stepped, c.est.At = offset, uncertainty, false, mono
	c.made, c.known = mono, true
}

// Estimate returns what is to be kept for the next start; ok is false as long as
// the clock has not been compared since this boot.
func (c *Clock) Estimate() (e device.ClockEstimate, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.est, c.known
}
