package attendance

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A tablet is switched on and off with any time on its clock, compares it or
// doesn't, and tells its rows when it can. Each row happened within the bounds that
// are given for it, and whoever is certain to have held a card did hold it.
func TestMomentsOverManyBoots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		start := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		now := start
		later := func(name string, hours int64) {
			now = now.Add(time.Duration(rapid.Int64Range(1, hours*3600e3).Draw(r, name)) * time.Millisecond)
		}
		var stamps []Stamp
		var truth []time.Time
		for b := range rapid.IntRange(1, 5).Draw(r, "boots") {
			later("ms off", 12)
			d, from := newTablet(r, now), len(stamps)
			for range rapid.IntRange(1, 4).Draw(r, "rows") {
				later("ms on", 4)
				if rapid.IntRange(0, 2).Draw(r, "happens") == 0 {
					d.happen()
				}
				s := d.read(now, string(rune('a'+b)))
				d.width += drifted(4 * time.Hour)
				stamps, truth = append(stamps, s), append(truth, now)
			}
			late := time.Duration(rapid.Int64Range(0, 24).Draw(r, "hours late")) * time.Hour
			for i := from; i < len(stamps); i++ {
				stamps[i].Received = now.Add(late)
			}
		}
		change := start.Add(time.Duration(rapid.Int64Range(0, int64(now.Sub(start))).Draw(r, "card changes hands")))
		cards := []Card{{Profile: "anna", To: change}, {Profile: "ben", From: change}}
		for i, m := range Moments(stamps) {
			// The claim of a comparison grows with the time since in steps only.
			slack := drifted(48 * time.Hour)
			if truth[i].Before(m.Earliest.Add(-slack)) || !m.Latest.IsZero() && truth[i].After(m.Latest.Add(slack)) {
				r.Errorf("row %d at %s is not between %s and %s (%s)", i, truth[i], m.Earliest, m.Latest, m.Source)
			}
			holder := ProfileID("anna")
			if !truth[i].Before(change) {
				holder = "ben"
			}
			for _, told := range []ProfileID{"anna", "ben", "nobody"} {
				who, certain := m.Holder(told, cards)
				if near := truth[i].Sub(change).Abs() <= m.Uncertainty+slack; certain && who != holder && !(near && m.Source.Sure()) && truth[i].Sub(change).Abs() > slack {
					r.Errorf("row %d at %s (%s) went to %s", i, truth[i], m.Source, who)
				}
			}
		}
	})
}

func TestHolder(t *testing.T) {
	t.Parallel()
	at := func(h int) time.Time { return time.Date(2026, 11, 21, h, 0, 0, 0, time.UTC) }
	card := func(who ProfileID, from, to int) Card {
		c := Card{Profile: who, From: at(from)}
		if to > 0 {
			c.To = at(to)
		}
		return c
	}
	between := func(from, to int) Moment {
		m := Moment{At: at(9), Uncertainty: -1, Source: Unconfirmed}
		if from > 0 {
			m.Earliest = at(from)
		}
		if to > 0 {
			m.Latest = at(to)
		}
		return m
	}
	sure := Moment{At: at(9), Uncertainty: 2 * time.Hour, Source: Compared}
	for what, c := range map[string]struct {
		m       Moment
		told    ProfileID
		cards   []Card
		who     ProfileID
		certain bool
	}{
		"a card of nobody":                       {between(0, 0), "anna", nil, "anna", true},
		"a sure time decides":                    {sure, "anna", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", true},
		"in one hand all the time":               {between(9, 10), "anna", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", true},
		"in two hands":                           {between(7, 10), "anna", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", false},
		"in two hands, from nobody knows when":   {between(0, 10), "ben", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", false},
		"in two hands, till nobody knows when":   {between(7, 0), "anna", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", false},
		"it changed hands at the very end":       {between(7, 8), "anna", []Card{card("anna", 1, 8), card("ben", 8, 0)}, "ben", false},
		"just before it changed hands":           {between(7, 8), "anna", []Card{card("anna", 1, 9), card("ben", 9, 0)}, "anna", true},
		"given to the same person again":         {between(7, 10), "anna", []Card{card("anna", 1, 8), card("anna", 8, 0)}, "anna", true},
		"in nobody's hand for a while":           {between(7, 10), "anna", []Card{card("anna", 1, 8), card("anna", 9, 0)}, "anna", true},
		"somebody else's, then nobody's":         {between(7, 10), "anna", []Card{card("ben", 1, 8)}, "anna", false},
		"somebody else's before it was given":    {between(7, 10), "ben", []Card{card("ben", 1, 8)}, "ben", true},
		"a card that was never really anybody's": {between(7, 10), "anna", []Card{card("ben", 8, 8)}, "anna", true},
	} {
		who, certain := c.m.Holder(c.told, c.cards)
		if certain != c.certain || certain && who != c.who {
			t.Errorf("%s: %s, %v; want %s, %v", what, who, certain, c.who, c.certain)
		}
	}
}
