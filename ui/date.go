package ui

import (
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// clockTime returns the time of day: 24 hours everywhere but in American English.
func (l lexicon) clockTime(t time.Time) string {
	if l.halfDay {
		return t.Format("3:04 PM")
	}
	return t.Format("15:04")
}

// date returns weekday, day and month as they are written in the language,
// such as "Monday 23 November".
func (l lexicon) date(t time.Time) string {
	id := "date"
	if l.halfDay {
		id = "date.us"
	}
	s := l.say(id, values{
		"Weekday": l.say("weekday." + strconv.Itoa(int(t.Weekday()))),
		"Day":     t.Day(),
		"Month":   l.say("month." + strconv.Itoa(int(t.Month()))),
	})
	first, n := utf8.DecodeRuneInString(s) // Russian weekdays are small inside a sentence
	return string(unicode.ToUpper(first)) + s[n:]
}

// since returns when something began: the time alone for today, with the
// weekday within the last six days, with the date before that.
func (l lexicon) since(t, now time.Time) string {
	y1, m1, d1 := t.Date()
	y2, m2, d2 := now.Date()
	at := l.clockTime(t)
	switch {
	case y1 == y2 && m1 == m2 && d1 == d2:
		return at
	case now.Sub(t) < 6*24*time.Hour:
		return l.say("weekday."+strconv.Itoa(int(t.Weekday()))) + " " + at
	default:
		return l.say("day", values{"Day": t.Day(), "Month": l.say("month." + strconv.Itoa(int(t.Month())))}) + " " + at
	}
}

// hours returns a length of time as hours and minutes, "7:05", rounded down to
// the minute: nobody is told more than they have worked.
func hours(d time.Duration) string {
	minutes := int(max(0, d) / time.Minute)
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// greeting is the name of the message that greets at this hour.
func greeting(t time.Time) string {
	switch h := t.Hour(); {
	case h >= 5 && h < 12:
		return "greet.morning"
	case h >= 12 && h < 18:
		return "greet.afternoon"
	default:
		return "greet.evening"
	}
}
