package attendance_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
)

// zones with changes of every kind: at night, at midnight (there is no midnight
// that day, or two), by half an hour, and none.
var zones = []string{
	"Europe/Berlin", "America/New_York", "America/Havana", "America/Asuncion", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC",
}

func drawZone(t *rapid.T, name string) *time.Location {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawMoment draws a moment, more often than not near a change of the clocks.
func drawMoment(t *rapid.T, loc *time.Location, name string) time.Time {
	at := time.Unix(rapid.Int64Range(1_262_304_000, 1_893_456_000).Draw(t, name)/60*60, 0).UTC() // 2010 to 2030
	if _, change := at.In(loc).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, name+" near a change") {
		at = change.UTC().Add(time.Duration(rapid.IntRange(-40*60, 40*60).Draw(t, name+" minutes off")) * time.Minute).Truncate(time.Minute)
	}
	return at
}

type date struct {
	y int
	m time.Month
	d int
}

func dateOf(t time.Time) date { y, m, d := t.Date(); return date{y, m, d} }

// A day begins at its first minute, whatever the clocks do: found by walking back
// minute by minute in UTC and looking at the calendar on the wall.
func TestDaysBeginWithTheirFirstMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t, "zone")
		at := drawMoment(t, loc, "at")
		first := at
		for dateOf(first.Add(-time.Minute).In(loc)) == dateOf(at.In(loc)) {
			first = first.Add(-time.Minute)
		}
		if got := attendance.StartOfDay(at, loc); !got.Equal(first) {
			t.Fatalf("the day of %v begins at %v, want %v", at.In(loc), got, first.In(loc))
		}
		monday := attendance.StartOfWeek(at, loc)
		if monday.After(at) || at.Sub(monday) > 8*24*time.Hour || !monday.Equal(attendance.StartOfDay(monday, loc)) {
			t.Fatalf("the week of %v begins at %v", at.In(loc), monday)
		}
		if day := monday.In(loc).Weekday(); day != time.Monday && loc.String() != "Pacific/Apia" { // which once left a day out
			t.Fatalf("the week of %v begins on a %v", at.In(loc), day)
		}
	})
}

// Hours worked, reckoned minute by minute in UTC: somebody is at work in each
// minute between a punch in and the next punch, if that is a punch out within
// MaxSpell. Shifts across midnight and both changes of the clocks, and punches at
// two sites in different zones, need no rule of their own.
func TestWorkedIsWhatAClockInUTCCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		here, there := drawZone(t, "zone"), drawZone(t, "zone of the other site")
		now := drawMoment(t, here, "now")
		var punches []attendance.Punch
		at := now.Add(-time.Duration(rapid.IntRange(60, 9*24*60).Draw(t, "began")) * time.Minute)
		for at.Before(now) && len(punches) < 30 {
			p := attendance.Punch{At: at, Direction: attendance.In}
			if n := len(punches); n > 0 {
				p.Direction = attendance.NextDirection(punches[n-1], at)
			}
			if rapid.IntRange(0, 9).Draw(t, "forgot") == 0 {
				p.Direction = attendance.Direction(3 - int(p.Direction))
			}
			p.At = p.At.In(rapid.SampledFrom([]*time.Location{here, there, time.UTC}).Draw(t, "site"))
			punches = append(punches, p)
			at = at.Add(time.Duration(rapid.IntRange(1, 20*60).Draw(t, "then")) * time.Minute)
		}
		atWork := func(minute time.Time) bool {
			for i, p := range punches {
				end := now // still there
				if i+1 < len(punches) {
					end = punches[i+1].At
				}
				if p.Direction != attendance.In || minute.Before(p.At) || !minute.Before(end) {
					continue
				}
				return end.Sub(p.At) < attendance.MaxSpell && (i+1 == len(punches) || punches[i+1].Direction == attendance.Out)
			}
			return false
		}
		for _, from := range []time.Time{attendance.StartOfDay(now, here), attendance.StartOfWeek(now, here), attendance.StartOfDay(now, there)} {
			want := time.Duration(0)
			for m := from.UTC(); m.Before(now); m = m.Add(time.Minute) {
				if atWork(m) {
					want += time.Minute
				}
			}
			if got := attendance.Worked(punches, from, now); got != want {
				t.Fatalf("worked from %v to %v: %v, want %v; punches %v", from, now, got, want, punches)
			}
		}
		// The days of a week add up to the week.
		sum, week := time.Duration(0), attendance.StartOfWeek(now, here)
		for day := week; day.Before(now); {
			next := attendance.StartOfDay(day.Add(36*time.Hour), here)
			if next.Equal(day) || next.Before(day) {
				t.Fatalf("after %v comes %v", day, next)
			}
			sum += attendance.Worked(within(punches, now), day, next) - attendance.Worked(within(punches, now), minTime(now, next), next)
			day = next
		}
		if got := attendance.Worked(within(punches, now), week, now); got != sum {
			t.Fatalf("the week has %v, its days %v", got, sum)
		}
	})
}

// within ends a spell that is still open, so that sums of parts can be compared.
func within(punches []attendance.Punch, now time.Time) []attendance.Punch {
	all := append([]attendance.Punch(nil), punches...)
	if n := len(all); n > 0 && all[n-1].Direction == attendance.In {
		all = append(all, attendance.Punch{At: now, Direction: attendance.Out})
	}
	return all
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
