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
	// It was not before Earliest and not after Latest, whatever the tablet's clock
	// showed; zero where nothing tells. Only Moments says so.
	Earliest, Latest time.Time
}

// Stamp is what is known about the time of one row of a tablet's journal.
type Stamp struct {
	Clock    ClockReading
	Received time.Time // when the cloud had it
	Outvoted bool      // most of its boot contradict its comparison, see Outvoted
	Punch    bool      // somebody came or went: of such rows most count, see Outvoted
}

// drift is by how much the clock that nobody can set may run wrong: 50 parts in a
// million, a cheap quartz.
const drift = 50e-6

// lead is how far ahead of the cloud that takes a row in the one may have been that
// the tablet's clock was compared with. Further, and the comparison was wrong.
const lead = 5 * time.Second

func drifted(d time.Duration) time.Duration { return time.Duration(float64(d.Abs()) * drift) }

// dawn is before any cloud was there to compare a clock with: one that says less has lost
// its time.
var dawn = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Compared tells whether the row's clock had been compared with the cloud's, and
// nothing shows that this was wrong: nothing happens after the cloud has heard of it, and
// of comparisons that contradict each other most of the boot's are right.
func (s Stamp) Compared() bool {
	return s.Clock.Trust == TrustEstimated && !s.Outvoted && !s.Clock.Cloud().Before(dawn) &&
		(s.Received.IsZero() || !s.Clock.Cloud().Add(-max(s.Clock.Uncertainty, 0)).After(s.Received.Add(lead)))
}

// Own is the moment that a row gives by itself.
func (s Stamp) Own() Moment {
	if s.Compared() {
		return Moment{At: s.Clock.Cloud(), Uncertainty: max(s.Clock.Uncertainty, 0), Source: Compared}
	}
	return Moment{At: s.Clock.Cloud(), Uncertainty: -1, Source: Unconfirmed}
}

// Moments tells when rows of one stream happened, given in the order of the
// journal. A row whose clock had not been compared, or was set since, takes its
// time from the nearest row of the same boot that had; without one it is what the
// tablet's clock showed, but neither before what came before it nor after what came
// after it, in the nearest boots of which something was compared and in those between, or
// the cloud had it (if that one's clock is not shown to have been behind).
// Within a boot no row is earlier than the one before it.
// Which comparisons are outvoted is for the caller to say, who may know more of the boot
// than these rows.
func Moments(stamps []Stamp) []Moment {
	all := make([]Moment, len(stamps))
	var boots []boot
	for from := 0; from < len(stamps); {
		to := from + 1
		for id := stamps[from].Clock.BootID; to < len(stamps) && id != "" && stamps[to].Clock.BootID == id; {
			to++
		}
		boots = append(boots, boot{stamps: stamps[from:to], all: all[from:to]})
		from = to
	}
	for _, b := range boots {
		b.compared()
	}
	var floor time.Time
	var earlier *Stamp
	for i := range boots {
		boots[i].earlier = earlier
		boots[i].low, floor = boots[i].after(floor)
		earlier = boots[i].lastCompared(earlier)
	}
	var ceiling time.Time
	var later sight
	for i := len(boots) - 1; i >= 0; i-- {
		boots[i].later = later
		boots[i].high, ceiling = boots[i].before(ceiling)
		later = boots[i].firstCompared(later)
	}
	for _, b := range boots {
		b.unconfirmed()
	}
	return all
}

// boot is what a tablet told from one start of it to the next.
type boot struct {
	stamps    []Stamp
	all       []Moment
	low, high time.Time // of the moment at which the monotonic clock stood at zero

	earlier *Stamp // the nearest row before the boot that was compared; nil: there is none
	later   sight  // the nearest one after it
}

// sure tells whether a row of the boot was compared: then each has its time by that.
func (b boot) sure() bool { return b.all[0].Source.Sure() }

// compared does a boot of which a row was compared.
func (b boot) compared() {
	last := -1 // the nearest compared row so far
	for i, s := range b.stamps {
		b.all[i] = Moment{Uncertainty: -1}
		if s.Compared() {
			b.all[i], last = s.Own(), i
		} else if last >= 0 {
			b.all[i] = carry(b.stamps[last], s)
		}
	}
	last = -1
	for i := len(b.stamps) - 1; i >= 0; i-- {
		if b.all[i].Source == Compared {
			last = i
			continue
		}
		if last < 0 {
			continue
		}
		if back := carry(b.stamps[last], b.stamps[i]); b.all[i].Uncertainty < 0 || back.Uncertainty < b.all[i].Uncertainty {
			b.all[i] = back
		}
	}
	if !b.sure() {
		return
	}
	inOrder(b.all)
	for i, m := range b.all {
		b.all[i].Earliest, b.all[i].Latest = m.At.Add(-m.Uncertainty), m.At.Add(m.Uncertainty)
	}
}

// carry takes the time of a compared row to another of the same boot.
func carry(from, to Stamp) Moment {
	d := to.Clock.Monotonic - from.Clock.Monotonic
	return Moment{At: from.Clock.Cloud().Add(d), Uncertainty: max(from.Clock.Uncertainty, 0) + drifted(d), Source: Carried}
}

// after tells when the boot began at the earliest, if what was told before it was
// not before floor; and the same for what was told after it. A boot that was compared
// says it anew: what clouds' clocks said before that is no matter.
func (b boot) after(floor time.Time) (low, next time.Time) {
	if b.sure() {
		floor = time.Time{}
		for _, m := range b.all {
			if m.Earliest.After(floor) {
				floor = m.Earliest
			}
		}
		return low, floor
	}
	if floor.IsZero() {
		return floor, floor
	}
	low, next = floor.Add(-b.stamps[0].Clock.Monotonic), floor
	for _, s := range b.stamps {
		if at := low.Add(s.Clock.Monotonic - b.apart(s)); at.After(next) {
			next = at
		}
	}
	return low, next
}

// apart is by how much the clock that nobody can set may have run wrong from the
// boot's first row to another.
func (b boot) apart(s Stamp) time.Duration {
	return drifted(s.Clock.Monotonic - b.stamps[0].Clock.Monotonic)
}

// before is after for the end: what was told after the boot was not after ceiling,
// and nothing happened after the cloud had it, unless the cloud's clock is shown to have
// been behind then, see behind.
func (b boot) before(ceiling time.Time) (high, next time.Time) {
	if b.sure() {
		ceiling = time.Time{}
		for _, m := range b.all {
			if ceiling.IsZero() || m.Latest.Before(ceiling) {
				ceiling = m.Latest
			}
		}
		return high, ceiling
	}
	bound := func(by time.Time, mono time.Duration) {
		if by.Before(dawn) { // nothing tells, or the cloud had lost its time
			return
		}
		if at := latest(by, mono); high.IsZero() || at.Before(high) {
			high = at
		}
	}
	bound(ceiling, b.stamps[len(b.stamps)-1].Clock.Monotonic)
	behind := b.behind(high)
	for _, s := range b.stamps {
		if !behind || !s.latest().Before(s.zero()) {
			bound(s.Received, s.Clock.Monotonic)
		}
	}
	if high.IsZero() {
		return high, ceiling
	}
	return high, high.Add(b.stamps[0].Clock.Monotonic)
}

// unconfirmed does a boot of which nothing was compared. Its rows happened after
// everything before it, and before what came after it and before the cloud had them:
// that bounds when the boot began. The distance between them is that of the clock
// that nobody can set.
func (b boot) unconfirmed() {
	if b.sure() {
		return
	}
	agree := !b.low.IsZero() && !b.high.IsZero() && !b.low.After(b.high)
	for i, s := range b.stamps {
		zero, source := s.Clock.Cloud().Add(-s.Clock.Monotonic), Unconfirmed
		switch {
		case !b.high.IsZero() && zero.After(b.high):
			zero, source = b.high, Bounded
		case zero.Before(b.low) && (b.high.IsZero() || agree):
			zero, source = b.low, Bounded
		}
		m := Moment{At: zero.Add(s.Clock.Monotonic), Uncertainty: -1, Source: source}
		if !b.high.IsZero() {
			m.Latest = b.high.Add(s.Clock.Monotonic + b.apart(s))
		}
		if agree {
			m.Earliest = b.low.Add(s.Clock.Monotonic - b.apart(s))
			m.Uncertainty = max(zero.Sub(b.low), b.high.Sub(zero))
		}
		b.all[i] = m
	}
	inOrder(b.all)
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
