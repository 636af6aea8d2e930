package console

import (
	"strconv"
	"strings"
	"time"

	"muster/access"
)

// redate is the action of putting punches' times right that had been told as sure. Its
// subject is TABLET/PUNCHES/SECONDS, by how much at most.
const redate = "redate"

// redateWords says how many punches' times were put right, by how much, and where the
// tablet is.
func (v *visit) redateWords(e access.AuditEntry) (what, subject, to string) {
	what = v.action(e.Action)
	parts := strings.Split(e.Subject, "/")
	if len(parts) != 3 {
		return what, "", ""
	}
	punches, err := strconv.Atoi(parts[1])
	seconds, badly := strconv.ParseInt(parts[2], 10, 32)
	if err == nil && badly == nil {
		what += ": " + v.text.Count("audit.redated.punches", punches) + ", " + v.text.Say("audit.redated.most", "Span", v.text.Span(atMost(time.Duration(seconds)*time.Second)))
	}
	return what, v.text.Say("audit.open.tablet"), "/devices/" + parts[0]
}

// atMost is a length that is no shorter in the largest unit alone, in which it is shown.
func atMost(d time.Duration) time.Duration {
	unit := 24 * time.Hour
	switch {
	case d < time.Hour:
		unit = time.Minute
	case d < 47*time.Hour:
		unit = time.Hour
	}
	return (d + unit - 1).Truncate(unit)
}
