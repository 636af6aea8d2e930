package words

import (
	"fmt"
	"strings"
	"time"
)

// Date writes a day as the message of a key puts it together. Its blanks are
// Weekday, Day, DD (two digits), MM, Month, Mon (in few characters) and Year.
func (l *Language) Date(key string, t time.Time) string { return l.localize(key, nil, date{t, l}) }

// date fills the blanks: what a message doesn't ask for needs no words.
type date struct {
	time.Time
	in *Language
}

func (d date) Weekday() string { return d.in.Say(fmt.Sprintf("date.weekday.%d", d.Time.Weekday())) }
func (d date) Month() string   { return d.in.Say(fmt.Sprintf("date.month.%d", d.Time.Month())) }
func (d date) Mon() string     { return d.in.Say(fmt.Sprintf("date.month.short.%d", d.Time.Month())) }
func (d date) DD() string      { return d.Format("02") }
func (d date) MM() string      { return d.Format("01") }

// Clock writes a time of day, which all of the languages do alike.
func Clock(t time.Time) string { return t.Format("15:04") }

// City returns the part of a zone's IANA name that people know.
func City(zone *time.Location) string {
	name := zone.String()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ReplaceAll(name, "_", " ")
}

// Span writes a length of time in its largest unit: "3 min", "2 h", "5 days".
func (l *Language) Span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return l.Count("span.seconds", int(d/time.Second))
	case d < time.Hour:
		return l.Count("span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.Count("span.hours", int(d/time.Hour))
	default:
		return l.Count("span.days", int(d/(24*time.Hour)))
	}
}

// Ago writes how long ago something was, in its largest unit.
func (l *Language) Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.Say("ago.now")
	case d < time.Hour:
		return l.Count("ago.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.Count("ago.hours", int(d/time.Hour))
	default:
		return l.Count("ago.days", int(d/(24*time.Hour)))
	}
}
