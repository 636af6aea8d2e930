package attendance

import "time"

// Direction is which way a punch goes.
type Direction int

const (
	// In begins a spell of work.
	In Direction = iota + 1
	// Out ends it.
	Out
)

// String returns the stable name that is stored and sent: "in" or "out".
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	default:
		return "unknown"
	}
}

// ParseDirection is the inverse of String; ok is false for anything else.
func ParseDirection(s string) (d Direction, ok bool) {
	switch s {
	case "in":
		return In, true
	case "out":
		return Out, true
	default:
		return 0, false
	}
}

// Punch is the fact that a person came or went.
type Punch struct {
	ID        PunchID
	Profile   ProfileID
	Card      CardID
	Device    DeviceID
	Site      SiteID
	Direction Direction
	At        time.Time // the best estimate of the true time, UTC
	Clock     ClockReading
	Moment    Moment // how At was determined; zero on the tablet
	ByHand    bool   // a user of the console said whose it is
	Approval  Approval
}

// MaxSpell is the longest spell of work that a forgotten punch out is taken
// for. After it, the next punch begins a new spell instead of ending a shift of
// a day and a half.
const MaxSpell = 16 * time.Hour

// NextDirection decides which way a punch at now goes, given the person's last
// one. A punch dated after now (a clock was set back) still counts as the last.
func NextDirection(last Punch, now time.Time) Direction {
	if last.Direction == In && now.Sub(last.At) < MaxSpell {
		return Out
	}
	return In
}

// Worked sums the spells of work inside [from, to) out of one person's punches,
// oldest first. A spell still open counts until to; a spell longer than MaxSpell
// counts nothing, because nobody knows when it ended. It reckons with instants,
// so a change to or from summer time needs no rule of its own.
func Worked(punches []Punch, from, to time.Time) time.Duration {
	var sum time.Duration
	var in time.Time
	add := func(out time.Time) {
		if in.IsZero() || out.Sub(in) >= MaxSpell {
			return
		}
		start, end := in, out
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(start) {
			sum += end.Sub(start)
		}
	}
	for _, p := range punches {
		switch p.Direction {
		case In:
			in = p.At
		case Out:
			add(p.At)
			in = time.Time{}
		}
	}
	add(to)
	return sum
}

// StartOfDay returns the first instant of t's day in loc. That is midnight, but
// for the days on which clocks go forward at midnight (Havana, Beirut).
func StartOfDay(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	return midnight(y, m, d, loc)
}

// StartOfWeek returns the first instant of the Monday of t's week in loc (ISO 8601).
func StartOfWeek(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	back := (int(t.In(loc).Weekday()) + 6) % 7
	return midnight(y, m, d-back, loc)
}

func midnight(y int, m time.Month, d int, loc *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if t.Hour() != 0 { // there is no midnight that day; t may be an hour early
		if _, forward := t.ZoneBounds(); t.Hour() > 12 && !forward.IsZero() {
			return forward
		}
	}
	return t
}
