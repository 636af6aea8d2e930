package console

import (
	"fmt"
	"strings"
	"time"
)

// day writes a day: "Monday 23 November 2026".
func (l *language) day(t time.Time) string {
	return l.say("date.long",
		"Weekday", l.say(fmt.Sprintf("date.weekday.%d", t.Weekday())),
		"Day", t.Day(), "Month", l.say(fmt.Sprintf("date.month.%d", t.Month())), "Year", t.Year())
}

// date writes a day in as few characters as are clear: "23 Nov 2026".
func (l *language) date(t time.Time) string {
	return l.say("date.short",
		"Day", t.Day(), "DD", fmt.Sprintf("%02d", t.Day()), "MM", fmt.Sprintf("%02d", t.Month()),
		"Month", l.say(fmt.Sprintf("date.month.short.%d", t.Month())), "Year", t.Year())
}

// clock writes a time of day, which all three languages do alike.
func clock(t time.Time) string { return t.Format("15:04") }

// span writes a length of time in its largest unit: "3 min", "2 h", "5 days".
func (l *language) span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return l.count("span.seconds", int(d/time.Second))
	case d < time.Hour:
		return l.count("span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.count("span.hours", int(d/time.Hour))
	default:
		return l.count("span.days", int(d/(24*time.Hour)))
	}
}

// ago writes how long ago something was, in its largest unit.
func (l *language) ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.say("ago.now")
	case d < time.Hour:
		return l.count("ago.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.count("ago.hours", int(d/time.Hour))
	default:
		return l.count("ago.days", int(d/(24*time.Hour)))
	}
}

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

// at shows a time by the clock of a place. The zone is named when the reader's
// clock shows another time at that moment, or when nobody knows it.
func (v *visit) at(t time.Time, zone *time.Location) *moment {
	if t.IsZero() {
		return nil
	}
	there := t.In(zone)
	m := &moment{
		ISO:   t.UTC().Format(time.RFC3339),
		Clock: clock(there),
		Date:  v.text.date(there),
		Exact: v.text.date(there) + ", " + there.Format("15:04:05") + " (" + zone.String() + ")",
		Ago:   v.text.ago(v.now().Sub(t)),
		Span:  v.text.span(v.now().Sub(t)),
	}
	if v.zone == nil || there.Format("2006-01-02T15:04") != t.In(v.zone).Format("2006-01-02T15:04") {
		m.Zone = zoneName(zone)
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

// zoneName returns the part of an IANA name that people know: the city.
func zoneName(loc *time.Location) string {
	name := loc.String()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ReplaceAll(name, "_", " ")
}

// location reads a zone's name as stored with an entry; see attendance.Site.
func location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}
