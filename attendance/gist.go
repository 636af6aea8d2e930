package attendance

import "time"

// Gist takes in rows of one stream, one after the other, and tells when some of them
// happened, as Moments tells it of all. It keeps these and their boots, the nearest boots of
// which something was compared, and of those between a few rows each: so many rows may come
// before and after that nobody would hold them all.
//
// The zero value has taken in nothing.
type Gist struct {
	stamps  []Stamp
	wanted  []int // which of them
	begin   int   // of the boot that was taken in last
	sure    bool  // something of that boot was compared
	asked   bool  // something of it is wanted
	waiting bool  // something that is wanted needs what comes next
}

// Add takes in the next row, and whether it is wanted; more is false once nothing that
// comes after it matters, if no more is wanted. Then it is not taken in.
func (g *Gist) Add(s Stamp, wanted bool) (more bool) {
	if n := len(g.stamps); n > g.begin && (s.Clock.BootID == "" || g.stamps[n-1].Clock.BootID != s.Clock.BootID) {
		g.endBoot()
		if len(g.wanted) > 0 && !wanted && !g.waiting {
			return false
		}
	}
	g.sure = g.sure || s.Compared()
	if wanted {
		g.wanted, g.asked, g.waiting = append(g.wanted, len(g.stamps)), true, true
	}
	g.stamps = append(g.stamps, s)
	return true
}

// endBoot lets go of what matters no more once a boot has come to its end.
func (g *Gist) endBoot() {
	boot := g.stamps[g.begin:]
	switch {
	case g.sure && len(g.wanted) == 0: // what was told before it says nothing of what comes after it
		g.stamps = append(g.stamps[:0], boot...)
	case g.sure:
		g.waiting = false
	case !g.asked:
		g.stamps = append(g.stamps[:g.begin], extremes(boot)...)
	}
	g.begin, g.sure, g.asked = len(g.stamps), false, false
}

// Moments tells when the rows happened that are wanted, in their order.
func (g *Gist) Moments() []Moment {
	all := Moments(g.stamps)
	some := make([]Moment, len(g.wanted))
	for i, at := range g.wanted {
		some[i] = all[at]
	}
	return some
}

// extremes are those rows of a boot of which nothing was compared that tell of the boots
// beside it what all of them tell, see boot.after, boot.before and boot.behind.
func extremes(rows []Stamp) []Stamp {
	last := len(rows) - 1
	most := map[int]bool{0: true, last: true}
	best := func(than func(a, b Stamp) bool, of func(Stamp) bool) {
		at := -1
		for i, s := range rows {
			if of(s) && (at < 0 || than(s, rows[at])) {
				at = i
			}
		}
		if at >= 0 {
			most[at] = true
		}
	}
	every := func(Stamp) bool { return true }
	had := func(s Stamp) bool { return !s.Received.Before(dawn) }
	width := func(s Stamp) time.Duration { return max(s.Clock.Uncertainty, 0) }
	sooner := func(a, b Stamp) bool { return a.latest().Before(b.latest()) }
	best(func(a, b Stamp) bool { return a.Clock.Monotonic > b.Clock.Monotonic }, every)
	best(sooner, had)
	best(sooner, func(s Stamp) bool { return had(s) && !s.latest().Before(s.zero()) })
	best(func(a, b Stamp) bool { return a.zero().Before(b.zero()) }, every)
	best(func(a, b Stamp) bool { return a.zero().After(b.zero()) }, every)
	best(func(a, b Stamp) bool { return a.Clock.Offset-width(a) > b.Clock.Offset-width(b) }, every)
	best(func(a, b Stamp) bool { return a.Clock.Offset+width(a) < b.Clock.Offset+width(b) }, every)
	var some []Stamp
	for i, s := range rows {
		if most[i] {
			some = append(some, s)
		}
	}
	return some
}
