package attendance

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The cloud's clock is wrong for a time, by any amount, while a tablet compares its own
// with it, and is set right again. As long as most of the boot's rows were compared well,
// each has the time at which it happened.
func TestMomentsWhileTheCloudsClockWasWrong(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		begin := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		off := time.Duration(rapid.OneOf(rapid.Int64Range(-60*365*24*3600, -20), rapid.Int64Range(20, 60*365*24*3600)).Draw(r, "seconds wrong")) * time.Second
		before, wrong := rapid.IntRange(1, 20).Draw(r, "rows before"), rapid.IntRange(1, 20).Draw(r, "rows meanwhile")
		after := max(1, wrong+1-before) + rapid.IntRange(0, 10).Draw(r, "rows after")
		now := begin
		var stamps []Stamp
		var truth []time.Time
		for i := range before + wrong + after {
			now = now.Add(time.Duration(rapid.Int64Range(1, 600_000).Draw(r, "ms later")) * time.Millisecond)
			s := Stamp{Clock: ClockReading{
				BootID: "boot", Device: now.Add(-time.Hour), Monotonic: now.Sub(begin), Offset: time.Hour,
				Uncertainty: time.Duration(rapid.Int64Range(1, 100).Draw(r, "ms unsure")) * time.Millisecond, Trust: TrustEstimated,
			}, Received: now.Add(time.Second)}
			if i >= before && i < before+wrong {
				s.Clock.Offset, s.Received = s.Clock.Offset+off, s.Received.Add(off)
			}
			stamps, truth = append(stamps, s), append(truth, now)
		}
		for i, out := range Outvoted(stamps) {
			stamps[i].Outvoted = out
		}
		for i, m := range Moments(stamps) {
			if !m.At.Equal(truth[i]) || !m.Source.Sure() {
				r.Errorf("row %d of %d, %d, %d, %s wrong, is off by %s (%s)", i, before, wrong, after, off, m.At.Sub(truth[i]), m.Source)
			}
		}
	})
}

// A computer that slept and whose clock stood still meanwhile is no cloud whose clock was
// set: each comparison counts for itself.
func TestMomentsOfAComputerThatSlept(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	var stamps []Stamp
	for i := range 10 {
		at := begin.Add(time.Duration(i) * time.Minute)
		s := Stamp{Clock: ClockReading{BootID: "boot", Device: at, Monotonic: at.Sub(begin), Uncertainty: time.Millisecond, Trust: TrustEstimated}, Received: at}
		if i > 6 {
			s.Clock.Device, s.Received = at.Add(8*time.Hour), at.Add(8*time.Hour)
		}
		stamps = append(stamps, s)
	}
	if Outvoted(stamps) != nil {
		t.Error("a comparison is outvoted")
	}
	for i, m := range Moments(stamps) {
		if !m.At.Equal(stamps[i].Clock.Device) || m.Source != Compared {
			t.Errorf("row %d: %s, %s", i, m.At, m.Source)
		}
	}
}

// A cloud that has lost its time, and takes rows in 1970, says nothing of when they
// happened: what the tablet's own clock showed stands.
func TestMomentsThatACloudInTheYear1970Took(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	var stamps []Stamp
	for i := range 6 {
		at := begin.Add(time.Duration(i) * time.Minute)
		s := Stamp{Clock: ClockReading{BootID: "one", Device: at, Monotonic: at.Sub(begin)}, Received: at.Add(time.Second)}
		if i >= 3 { // another boot, never compared but in 1970
			s.Clock.BootID, s.Received = "two", time.Unix(int64(60*i), 0)
		}
		stamps = append(stamps, s)
	}
	for i, m := range Moments(stamps) {
		if !m.At.Equal(stamps[i].Clock.Device) || m.Source != Unconfirmed {
			t.Errorf("row %d: %s, %s", i, m.At, m.Source)
		}
	}
}
