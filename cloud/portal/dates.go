package portal

import (
	"fmt"
	"time"

	"muster/cloud/words"
)

// since writes the first day of a stretch that ends before end, with its year only
// where the last day has another: "16 November", before "22 November 2026".
func since(l *language, t, end time.Time) string {
	if t.Year() != end.Add(-time.Hour).In(t.Location()).Year() {
		return l.Date("date.full", t)
	}
	return l.Date("date.short", t)
}

// hours writes a length of work: "7:05".
func hours(d time.Duration) string {
	minutes := int(d / time.Minute)
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// moment is a point in time as a page shows it.
type moment struct {
	ISO   string // for the datetime attribute
	Clock string // 07:58
	Date  string // 23 November 2026
	Zone  string // "Lisbon", where that isn't the person's own zone, or nobody knows that; else empty
}

// at shows a time by the clock of a place.
func (v *visit) at(t time.Time, zone *time.Location) *moment {
	if t.IsZero() {
		return nil
	}
	there := t.In(zone)
	m := &moment{ISO: t.UTC().Format(time.RFC3339), Clock: words.Clock(there), Date: v.text.Date("date.full", there)}
	if v.guessed || there.Format(time.DateTime) != t.In(v.zone).Format(time.DateTime) {
		m.Zone = words.City(zone)
	}
	return m
}

// here shows a time by the clock of the person's site; by that of their device where
// they have none or aren't known yet; by UTC, which is named, where neither is known.
func (v *visit) here(t time.Time) *moment { return v.at(t, v.zone) }
