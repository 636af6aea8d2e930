package portal

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// day writes a day: "Monday 23 November".
func (l *language) day(t time.Time) string {
	return l.say("date.long",
		"Weekday", l.say(fmt.Sprintf("date.weekday.%d", t.Weekday())),
		"Day", t.Day(), "Month", l.say(fmt.Sprintf("date.month.%d", t.Month())))
}

// date writes a day with its year: "23 November 2026".
func (l *language) date(t time.Time) string {
	return l.say("date.full", "Day", t.Day(), "Month", l.say(fmt.Sprintf("date.month.%d", t.Month())), "Year", t.Year())
}

// since writes the first day of a stretch that ends before end, with its year only
// where the last day has another: "16 November", before "22 November 2026".
func (l *language) since(t, end time.Time) string {
	if t.Year() != end.Add(-time.Hour).In(t.Location()).Year() {
		return l.date(t)
	}
	return l.say("date.short", "Day", t.Day(), "Month", l.say(fmt.Sprintf("date.month.%d", t.Month())))
}

// clock writes a time of day, which all three languages do alike.
func clock(t time.Time) string { return t.Format("15:04") }

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
	Zone  string // "Lisbon", where that isn't the person's own zone; else empty
}

// at shows a time by the clock of a place.
func (v *visit) at(t time.Time, zone *time.Location) *moment {
	if t.IsZero() {
		return nil
	}
	there := t.In(zone)
	m := &moment{ISO: t.UTC().Format(time.RFC3339), Clock: clock(there), Date: v.text.date(there)}
	if there.Format(time.DateTime) != t.In(v.zone).Format(time.DateTime) {
		m.Zone = zoneName(zone)
	}
	return m
}

// here shows a time by the clock of the person's site.
func (v *visit) here(t time.Time) *moment { return v.at(t, v.zone) }

// zoneName returns the part of an IANA name that people know: the city.
func zoneName(loc *time.Location) string {
	name := loc.String()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ReplaceAll(name, "_", " ")
}

// location reads a zone's name as stored with a punch.
func location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// readersZone is what the page's script found out; UTC without one.
func (v *visit) readersZone() *time.Location {
	cookie, err := v.r.Cookie("zone")
	if err != nil {
		return time.UTC
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil || name == "Local" || len(name) > 64 {
		return time.UTC
	}
	return location(name)
}
