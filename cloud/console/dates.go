package console

import (
	"time"

	"muster/attendance"
	"muster/cloud/words"
)

// moment is a point in time as a page shows it.
type moment struct {
	ISO   string // for the datetime attribute
	Clock string // 07:58
	Date  string // 23 Nov 2026
	Zone  string // "Berlin", where that isn't the reader's time; else empty
	Exact string // date, time to the second and zone, for hover and focus
	Ago   string // "3 minutes ago"
	Span  string // "3 min", how long ago
}

// Told is the time of day within a sentence: "07:58", or "07:58 (Berlin)" where the
// zone is to be named.
func (m *moment) Told() string {
	if m.Zone == "" {
		return m.Clock
	}
	return m.Clock + " (" + m.Zone + ")"
}

// at shows a time by the clock of a place. The zone is named when the reader's
// clock shows another time at that moment, or when nobody knows it.
func (v *visit) at(t time.Time, zone *time.Location) *moment {
	if t.IsZero() {
		return nil
	}
	there := t.In(zone)
	m := &moment{
		ISO:   t.UTC().Format(time.RFC3339),
		Clock: words.Clock(there),
		Date:  v.text.Date("date.short", there),
		Exact: v.text.Date("date.short", there) + ", " + there.Format("15:04:05") + " (" + zone.String() + ")",
		Ago:   v.text.Ago(v.now().Sub(t)),
		Span:  v.text.Span(v.now().Sub(t)),
	}
	if v.zone == nil || there.Format("2006-01-02T15:04") != t.In(v.zone).Format("2006-01-02T15:04") {
		m.Zone = words.City(zone)
	}
	return m
}

// named shows a time with its zone in any case, for somebody who compares it with
// another screen: the reader's zone; while that isn't known, the only one there is
// among these sites.
func (v *visit) named(t time.Time, sites []attendance.Site) *moment {
	zone := v.zone
	for _, s := range sites {
		if v.zone == nil && zone != nil && zone.String() != s.Location().String() {
			zone = nil
			break
		}
		if v.zone == nil {
			zone = s.Location()
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	m := v.at(t, zone)
	if m != nil {
		m.Zone = words.City(zone)
	}
	return m
}

// here shows a time by the reader's own clock, for what belongs to no site.
func (v *visit) here(t time.Time) *moment {
	if v.zone == nil {
		return v.at(t, time.UTC)
	}
	return v.at(t, v.zone)
}
