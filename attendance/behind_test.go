package attendance

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Faults of which a world has one.
const (
	allRight = iota
	cloudBehind
	cloudAhead
	tabletWrong
)

// threeBoots is three starts of a tablet, told to a cloud: one in which it was compared, one in
// which it never was, and one in which it was again. One clock was wrong for a while.
type threeBoots struct {
	fault    int
	by       time.Duration
	from, to time.Time
	off      time.Duration // the tablet's own clock is right but for that

	stamps []Stamp
	truth  []time.Time
	boot   []string
}

func (w *threeBoots) cloud(at time.Time) time.Time {
	if at.Before(w.from) || at.After(w.to) {
		return at
	}
	switch w.fault {
	case cloudBehind:
		return at.Add(-w.by)
	case cloudAhead:
		return at.Add(w.by)
	}
	return at
}

func (w *threeBoots) tablet(at time.Time, boot string) time.Time {
	if w.fault == tabletWrong && boot == "b" {
		return at.Add(w.by)
	}
	return at.Add(w.off)
}

// row adds a row that happened at a time, and was told at another.
func (w *threeBoots) row(boot string, started, at, told time.Time, compared bool) {
	c := ClockReading{BootID: boot, Monotonic: at.Sub(started), Device: w.tablet(at, boot)}
	if compared {
		c.Trust, c.Offset, c.Uncertainty = TrustEstimated, w.cloud(at).Sub(c.Device), 200*time.Millisecond
	}
	w.stamps = append(w.stamps, Stamp{Clock: c, Received: w.cloud(told)})
	w.truth, w.boot = append(w.truth, at), append(w.boot, boot)
}

// vote has each boot's comparisons judged as the cloud does.
func (w *threeBoots) vote() {
	for from := 0; from < len(w.stamps); {
		to := from
		for to < len(w.stamps) && w.boot[to] == w.boot[from] {
			to++
		}
		outvoted := Outvoted(w.stamps[from:to])
		for i := range outvoted {
			w.stamps[from+i].Outvoted = outvoted[i]
		}
		from = to
	}
}

func newThreeBoots(r *rapid.T) *threeBoots {
	w := &threeBoots{
		fault: rapid.IntRange(allRight, tabletWrong).Draw(r, "fault"),
		off:   time.Duration(rapid.IntRange(-2000, 2000).Draw(r, "ms off")) * time.Millisecond,
		by:    time.Duration(rapid.IntRange(60, 36_000).Draw(r, "s wrong")) * time.Second,
	}
	if w.fault == tabletWrong && rapid.Bool().Draw(r, "the tablet is late") {
		w.by = -w.by
	}
	minutes := func(most int, what string) time.Duration {
		return time.Duration(rapid.IntRange(1, most*60).Draw(r, what)) * time.Second
	}
	begin := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	now := begin
	times := func(boot string, most int) (at []time.Time) {
		for range rapid.IntRange(1, most).Draw(r, "rows of "+boot) {
			now = now.Add(minutes(90, "later"))
			at = append(at, now)
		}
		return at
	}
	a := times("a", 4)
	now = now.Add(minutes(200, "off"))
	startB := now
	b := times("b", 4)
	session := now.Add(minutes(10, "until there is a line"))
	own := rapid.Bool().Draw(r, "b has a line at its end")
	now = now.Add(minutes(200, "off"))
	startD := now
	now = now.Add(minutes(60, "until there is a line"))
	sessionD := now
	if !own || session.After(startD) {
		session = sessionD
	}
	d := times("d", 12)

	w.from = begin.Add(minutes(20*60, "wrong from"))
	w.to = w.from.Add(minutes(20*60, "wrong for"))
	if rapid.Bool().Draw(r, "wrong when b is told") {
		w.from, w.to = session.Add(-minutes(60, "wrong from")), session.Add(minutes(180, "wrong to"))
	}
	for _, at := range a {
		w.row("a", begin, at, at.Add(minutes(1, "on the way")), true)
	}
	for _, at := range b {
		w.row("b", startB, at, session, false)
	}
	w.row("d", startD, startD, sessionD, false)
	for _, at := range d {
		w.row("d", startD, at, at.Add(minutes(1, "on the way")), true)
	}
	w.vote()
	return w
}

// told returns by how much the moment of each row is off at most, in each boot.
func (w *threeBoots) told() (moments []Moment, off map[string]time.Duration) {
	moments, off = Moments(w.stamps), map[string]time.Duration{}
	for i, m := range moments {
		off[w.boot[i]] = max(off[w.boot[i]], m.At.Sub(w.truth[i]).Abs())
	}
	return moments, off
}

// shown tells whether what came before or after the boot that was never compared shows
// that the cloud's clock was behind when it had its rows.
func (w *threeBoots) shown() bool {
	var before, row time.Time
	var by, wrong time.Duration
	for i, s := range w.stamps {
		switch w.boot[i] {
		case "a":
			before = w.truth[i]
		case "b":
			if row.IsZero() || s.Received.Before(row) {
				row = s.Received
			}
			wrong = max(wrong, w.truth[i].Sub(s.Received))
		case "d":
			if s.Clock.Trust == TrustNone {
				by = w.truth[i].Sub(s.Received)
			}
		}
	}
	return before.Sub(row) > 3*lead || by > 2*lead && by >= wrong
}

// Where one clock is wrong, the cloud's for a while or the tablet's in one boot, the rows
// of a boot that was never compared are not dated worse for it than that clock is, and where
// it is shown that the cloud's was behind when it had them, they are dated rightly.
func TestOneWrongClockAroundABootThatWasNeverCompared(t *testing.T) {
	t.Parallel()
	var cases [tabletWrong + 1]int
	mended := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newThreeBoots(r)
		moments, off := w.told()
		cases[w.fault]++
		const slack = 2 * lead
		right := off["a"] <= slack && off["d"] <= slack
		if off["b"] > w.by.Abs()+slack {
			r.Errorf("off by %v; the fault is %v", off["b"], w.by)
		}
		switch {
		case w.fault == allRight && off["b"] > slack:
			r.Errorf("all clocks are right, and it is off by %v", off["b"])
		case w.fault == cloudAhead && off["b"] > slack && off["a"] <= slack:
			r.Errorf("the cloud was ahead, and it is off by %v", off["b"])
		case w.fault == cloudBehind && right && w.shown():
			mended++
			if off["b"] > slack {
				r.Errorf("the cloud was %v behind, which is shown, and it is off by %v", w.by, off["b"])
			}
		}
		for i, m := range moments {
			if i > 0 && w.boot[i] == w.boot[i-1] && m.At.Before(moments[i-1].At) {
				r.Errorf("row %d is before the one before it", i)
			}
			if s := w.stamps[i]; w.fault == tabletWrong && m.At.After(s.Received.Add(lead)) {
				r.Errorf("row %d happened %v after the cloud had it", i, m.At.Sub(s.Received))
			}
		}
	})
	t.Logf("%v worlds, %d with a clock that was shown to be behind", cases, mended)
}

// The cloud was an hour behind when it had a row of nine o'clock, which what was told
// before shows. Who believes the tablet's clock instead has to have seen it right, before
// and after.
func TestWitnessOfACloudThatWasBehind(t *testing.T) {
	t.Parallel()
	at := func(h, m int) time.Time { return time.Date(2026, 11, 21, h, m, 0, 0, time.UTC) }
	row := func(boot string, began, truth, received time.Time, ahead time.Duration, seen bool) Stamp {
		s := Stamp{Clock: ClockReading{BootID: boot, Monotonic: truth.Sub(began), Device: truth.Add(ahead)}, Received: received}
		if seen {
			s.Clock.Trust, s.Clock.Offset, s.Clock.Uncertainty = TrustEstimated, -ahead, 100*time.Millisecond
		}
		return s
	}
	const wrong = 2 * time.Hour
	had := at(8, 6) // by the cloud's clock
	for name, c := range map[string]struct {
		before, during, after time.Duration // by how much the tablet's clock is ahead
		seen                  bool          // the row itself was compared, which the cloud doesn't believe
		more                  []Stamp       // of that boot
		want                  time.Time
	}{
		"it is right":                             {want: at(9, 0)},
		"it is right but for what clocks drift":   {4 * time.Second, 4 * time.Second, 4 * time.Second, false, nil, at(9, 0)},
		"it is always wrong":                      {wrong, wrong, wrong, false, nil, had},
		"it was wrong before":                     {wrong, 0, 0, false, nil, had},
		"it was wrong after":                      {0, 0, wrong, false, nil, had},
		"it was wrong then":                       {0, wrong, 0, false, nil, had},
		"it is always as wrong as the cloud said": {wrong, wrong, wrong, true, nil, at(9, 0)},
		"the cloud said something else":           {0, wrong, wrong, true, nil, had},
		"it was set meanwhile":                    {more: []Stamp{row("b", at(8, 50), at(9, 1), had, -time.Minute, false)}, want: had},
		"what came later was told rightly":        {more: []Stamp{row("b", at(8, 50), at(9, 1), at(9, 6), 0, false)}, want: at(9, 0)},
	} {
		stamps := append([]Stamp{
			row("a", at(7, 0), at(8, 30), at(8, 30), c.before, true),
			row("b", at(8, 50), at(9, 0), had, c.during, c.seen),
		}, c.more...)
		stamps = append(stamps, row("d", at(9, 10), at(9, 30), at(9, 30), c.after, true))
		m := Moments(stamps)[1]
		if m.At.Sub(c.want).Abs() > 2*time.Minute {
			t.Errorf("%s: %s (%s), want %s", name, m.At, m.Source, c.want)
		}
		if m.Source.Sure() {
			t.Errorf("%s: it is sure", name)
		}
	}
}
