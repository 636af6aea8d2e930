package attendance

import "time"

// TimeSource says how the time of something was determined. Names are stored and
// sent: never rename one.
type TimeSource string

const (
	// Compared: the tablet's clock had been compared with the cloud.
	Compared TimeSource = "compared"
	// Carried: from another row of the same boot whose clock had been compared, by
	// the clock that nobody can set.
	Carried TimeSource = "carried"
	// Unconfirmed: what the tablet's own clock showed, for want of anything better.
	Unconfirmed TimeSource = "unconfirmed"
	// Bounded: the tablet's own clock showed what can't be, and this is the nearest
	// moment that can.
	Bounded TimeSource = "bounded"
)

// Sure tells whether the time was compared with the cloud's, directly or not.
func (s TimeSource) Sure() bool { return s == Compared || s == Carried }

// Moment is when something happened, as well as that can be told.
type Moment struct {
	At          time.Time
	Uncertainty time.Duration // it was no further away than this; negative: nobody knows
	Source      TimeSource
}

// Stamp is what is known about the time of one row of a tablet's journal.
type Stamp struct {
	Clock    ClockReading
	Received time.Time // when the cloud had it
}

// drift is by how much the clock that nobody can set may run wrong: 50 parts in a
// million, a cheap quartz.
const drift = 50e-6

func drifted(d time.Duration) time.Duration { return time.Duration(float64(d.Abs()) * drift) }

// Own is the moment that a row gives by itself.
func (s Stamp) Own() Moment {
	if s.Clock.Trust == TrustEstimated {
		return Moment{s.Clock.Cloud(), max(s.Clock.Uncertainty, 0), Compared}
	}
	return Moment{s.Clock.Cloud(), -1, Unconfirmed}
}

// Moments tells when rows of one stream happened, given in the order of the
// journal. A row whose clock had not been compared, or was set since, takes its
// time from the nearest row of the same boot that had; without one it is what the
// tablet's clock showed, but neither before what came before it nor after the
// cloud had it. Within a boot no row is earlier than the one before it.
func Moments(stamps []Stamp) []Moment {
	all := make([]Moment, len(stamps))
	for from := 0; from < len(stamps); {
		to := from + 1
		for boot := stamps[from].Clock.BootID; to < len(stamps) && boot != "" && stamps[to].Clock.BootID == boot; {
			to++
		}
		moments(stamps[from:to], all[from:to], all[:from])
		from = to
	}
	return all
}

// moments does one boot; earlier are the moments of the boots before.
func moments(stamps []Stamp, all, earlier []Moment) {
	last := -1 // the nearest compared row so far
	for i, s := range stamps {
		all[i] = Moment{Uncertainty: -1}
		if s.Clock.Trust == TrustEstimated {
			all[i], last = s.Own(), i
		} else if last >= 0 {
			all[i] = carry(stamps[last], s)
		}
	}
	last = -1
	for i := len(stamps) - 1; i >= 0; i-- {
		if all[i].Source == Compared {
			last = i
			continue
		}
		if last < 0 {
			continue
		}
		if back := carry(stamps[last], stamps[i]); all[i].Uncertainty < 0 || back.Uncertainty < all[i].Uncertainty {
			all[i] = back
		}
	}
	if len(all) > 0 && all[0].Uncertainty < 0 { // then nothing of this boot was compared
		unconfirmed(stamps, all, earlier)
	}
	inOrder(all)
}

// carry takes the time of a compared row to another of the same boot.
func carry(from, to Stamp) Moment {
	d := to.Clock.Monotonic - from.Clock.Monotonic
	return Moment{from.Clock.Cloud().Add(d), max(from.Clock.Uncertainty, 0) + drifted(d), Carried}
}

// unconfirmed does a boot of which nothing was compared. Its rows happened after
// everything before it, and before the cloud had them: that bounds when the boot
// began. The distance between them is that of the clock that nobody can set.
func unconfirmed(stamps []Stamp, all, earlier []Moment) {
	var low, high time.Time // of the moment at which the monotonic clock stood at zero
	for _, e := range earlier {
		if e.Source.Sure() {
			if at := e.At.Add(-e.Uncertainty - stamps[0].Clock.Monotonic); at.After(low) {
				low = at
			}
		}
	}
	for _, s := range stamps {
		if s.Received.IsZero() {
			continue
		}
		if at := s.Received.Add(drifted(s.Clock.Monotonic) - s.Clock.Monotonic); high.IsZero() || at.Before(high) {
			high = at
		}
	}
	for i, s := range stamps {
		zero, source := s.Clock.Cloud().Add(-s.Clock.Monotonic), Unconfirmed
		switch {
		case !high.IsZero() && zero.After(high):
			zero, source = high, Bounded
		case zero.Before(low) && (high.IsZero() || !low.After(high)):
			zero, source = low, Bounded
		}
		all[i] = Moment{zero.Add(s.Clock.Monotonic), -1, source}
		if !low.IsZero() && !high.IsZero() && !low.After(high) {
			all[i].Uncertainty = max(zero.Sub(low), high.Sub(zero))
		}
	}
}

// inOrder sees to it that no moment is before the one before it. Of two that
// contradict each other the surer one stands, and both stay within what is
// claimed: what happened first can't have happened after the other.
func inOrder(all []Moment) {
	for i := 1; i < len(all); i++ {
		if !all[i].At.Before(all[i-1].At) {
			continue
		}
		if surer(all[i], all[i-1]) {
			for j := i - 1; j >= 0 && all[j].At.After(all[i].At); j-- {
				all[j].At, all[j].Uncertainty = all[i].At, wider(all[j], all[i])
			}
		} else {
			all[i].At, all[i].Uncertainty = all[i-1].At, wider(all[i], all[i-1])
		}
	}
}

func surer(a, b Moment) bool {
	return a.Uncertainty >= 0 && (b.Uncertainty < 0 || a.Uncertainty <= b.Uncertainty)
}

func wider(a, b Moment) time.Duration {
	if a.Uncertainty < 0 || b.Uncertainty < 0 {
		return -1
	}
	return max(a.Uncertainty, b.Uncertainty)
}
