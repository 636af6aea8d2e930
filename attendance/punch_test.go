package attendance_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
)

func punch(d attendance.Direction, at time.Time) attendance.Punch {
	return attendance.Punch{Direction: d, At: at}
}

func TestDirectionNamesAreStable(t *testing.T) {
	t.Parallel()
	for d, name := range map[attendance.Direction]string{attendance.In: "in", attendance.Out: "out"} {
		if d.String() != name {
			t.Errorf("%d is called %q", d, d.String())
		}
		if back, ok := attendance.ParseDirection(name); !ok || back != d {
			t.Errorf("ParseDirection(%q) = %v, %v", name, back, ok)
		}
	}
	for _, s := range []string{"", "In", "unknown", "inout"} {
		if d, ok := attendance.ParseDirection(s); ok || d != 0 {
			t.Errorf("ParseDirection(%q) = %v", s, d)
		}
	}
	if s := attendance.Direction(7).String(); s != "unknown" {
		t.Errorf("no direction is called %q", s)
	}
}

func TestNextDirection(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what string
		last attendance.Punch
		want attendance.Direction
	}{
		{"the first punch ever", attendance.Punch{}, attendance.In},
		{"came this morning", punch(attendance.In, now.Add(-9*time.Hour)), attendance.Out},
		{"went at noon", punch(attendance.Out, now.Add(-5*time.Hour)), attendance.In},
		{"forgot to go yesterday", punch(attendance.In, now.Add(-33*time.Hour)), attendance.In},
		{"a shift just short of the longest", punch(attendance.In, now.Add(1-attendance.MaxSpell)), attendance.Out},
		{"a shift of the longest", punch(attendance.In, now.Add(-attendance.MaxSpell)), attendance.In},
		{"came, then the clock was set back", punch(attendance.In, now.Add(time.Hour)), attendance.Out},
		{"went, then the clock was set back", punch(attendance.Out, now.Add(time.Hour)), attendance.In},
	} {
		if got := attendance.NextDirection(c.last, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// Somebody who punches again and again within a spell's length goes in and out
// by turns, and whatever they do, the spells they make are never too long.
func TestDirectionsTakeTurns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var last attendance.Punch
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(1, 40*60), 1, 50).Draw(t, "pauses") {
			pause := time.Duration(minutes) * time.Minute
			at = at.Add(pause)
			d := attendance.NextDirection(last, at)
			switch {
			case d == last.Direction && (d == attendance.Out || pause < attendance.MaxSpell):
				t.Fatalf("went %v twice, %v apart", d, pause)
			case d == attendance.Out && pause >= attendance.MaxSpell:
				t.Fatalf("a spell of %v", pause)
			}
			last = punch(d, at)
		}
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A night shift over the change to or from summer time: the wall clock shows
// eight hours each time, people have worked seven and nine.
func TestWorkedAcrossChangesOfSummerTime(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		what                  string
		year                  int
		month                 time.Month
		day                   int
		before, after, inWeek time.Duration
	}{
		{"an ordinary night", 2026, time.March, 21, 2 * time.Hour, 6 * time.Hour, 8 * time.Hour},
		{"to summer time", 2026, time.March, 28, 2 * time.Hour, 5 * time.Hour, 7 * time.Hour},
		{"from summer time", 2026, time.October, 24, 2 * time.Hour, 7 * time.Hour, 9 * time.Hour},
	} {
		came := time.Date(c.year, c.month, c.day, 22, 0, 0, 0, berlin)
		went := time.Date(c.year, c.month, c.day+1, 6, 0, 0, 0, berlin)
		punches := []attendance.Punch{punch(attendance.In, came.UTC()), punch(attendance.Out, went.UTC())}
		saturday, sunday := attendance.StartOfDay(came, berlin), attendance.StartOfDay(went, berlin)
		monday := attendance.StartOfDay(went.Add(24*time.Hour), berlin)
		if got := attendance.Worked(punches, saturday, sunday); got != c.before {
			t.Errorf("%s: %v before midnight, want %v", c.what, got, c.before)
		}
		if got := attendance.Worked(punches, sunday, monday); got != c.after {
			t.Errorf("%s: %v after midnight, want %v", c.what, got, c.after)
		}
		if got := attendance.Worked(punches, attendance.StartOfWeek(came, berlin), monday); got != c.inWeek {
			t.Errorf("%s: %v in the week, want %v", c.what, got, c.inWeek)
		}
	}
}

func TestWorked(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	at := func(h float64) time.Time { return day.Add(time.Duration(h * float64(time.Hour))) }
	in := func(h float64) attendance.Punch { return punch(attendance.In, at(h)) }
	out := func(h float64) attendance.Punch { return punch(attendance.Out, at(h)) }
	for _, c := range []struct {
		what    string
		punches []attendance.Punch
		to      float64
		want    float64
	}{
		{"nothing", nil, 24, 0},
		{"a day with a break", []attendance.Punch{in(8), out(12), in(12.5), out(17)}, 24, 8.5},
		{"still at work", []attendance.Punch{in(8)}, 10, 2},
		{"came later than the end", []attendance.Punch{in(8)}, 7, 0},
		{"went after the end", []attendance.Punch{in(8), out(17)}, 12, 4},
		{"came yesterday", []attendance.Punch{in(-2), out(6)}, 24, 6},
		{"went yesterday", []attendance.Punch{in(-9), out(-1)}, 24, 0},
		{"forgot to go yesterday", []attendance.Punch{in(-16), in(8), out(16)}, 24, 8},
		{"a punch out out of nowhere", []attendance.Punch{out(9), in(10), out(11)}, 24, 1},
		{"a spell too long to be believed", []attendance.Punch{in(0), out(16)}, 24, 0},
		{"left open for too long", []attendance.Punch{in(1)}, 17, 0},
		{"the clock was set back between", []attendance.Punch{in(9), out(8)}, 24, 0},
	} {
		got := attendance.Worked(c.punches, day, at(c.to))
		if want := time.Duration(c.want * float64(time.Hour)); got != want {
			t.Errorf("%s: %v, want %v", c.what, got, want)
		}
	}
}

// Cutting a stretch of time in two, anywhere, loses and invents nothing; and no
// sum is longer than the stretch.
func TestWorkedAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
		at, d := start, attendance.In
		var punches []attendance.Punch
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(1, 20*60), 0, 40).Draw(t, "pauses") {
			at = at.Add(time.Duration(minutes) * time.Minute)
			punches = append(punches, punch(d, at))
			d = attendance.In + attendance.Out - d
		}
		if d == attendance.Out { // the last spell is still open; end it
			punches = append(punches, punch(d, at.Add(time.Hour)))
		}
		instant := func(name string) time.Time {
			return start.Add(time.Duration(rapid.Int64Range(0, int64(40*20*time.Hour)).Draw(t, name)))
		}
		from, to := instant("from"), instant("to")
		if to.Before(from) {
			from, to = to, from
		}
		cut := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from))).Draw(t, "cut")))
		whole := attendance.Worked(punches, from, to)
		if parts := attendance.Worked(punches, from, cut) + attendance.Worked(punches, cut, to); parts != whole {
			t.Fatalf("%v in parts, %v in whole", parts, whole)
		}
		if whole < 0 || whole > to.Sub(from) {
			t.Fatalf("%v in %v", whole, to.Sub(from))
		}
	})
}

// In every zone, also in those that change their clocks at midnight, a day
// begins at its first instant and a week on the first instant of its Monday.
func TestDaysAndWeeksBeginAtTheirFirstInstant(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Europe/Berlin", "Europe/Lisbon", "UTC", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo",
		"America/Havana", "Asia/Beirut", "Asia/Tehran", "Australia/Lord_Howe", "America/St_Johns",
	}
	changes := map[string][]time.Time{}
	for _, name := range zones {
		changes[name] = clockChanges(zone(t, name))
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(rt, "zone")
		loc := zone(t, name)
		now := rapid.SampledFrom(changes[name]).Draw(rt, "near").
			Add(time.Duration(rapid.Int64Range(-int64(72*time.Hour), int64(8*24*time.Hour)).Draw(rt, "after")))
		day := attendance.StartOfDay(now, loc)
		if day.After(now) {
			rt.Fatalf("%v: the day of %v begins after it, at %v", loc, now.In(loc), day)
		}
		if !sameDate(day, now, loc) || sameDate(day.Add(-1), now, loc) {
			rt.Fatalf("%v: %v is not the first instant of %v", loc, day, now.In(loc))
		}
		week := attendance.StartOfWeek(now, loc)
		if week.In(loc).Weekday() != time.Monday || !attendance.StartOfDay(week, loc).Equal(week) || sameDate(week.Add(-1), week, loc) {
			rt.Fatalf("%v: the week of %v begins at %v", loc, now.In(loc), week)
		}
		if d := day.Sub(week); d < 0 || d > 6*24*time.Hour+2*time.Hour {
			rt.Fatalf("%v: %v after Monday on a %v", loc, d, now.In(loc).Weekday())
		}
	})
}

// clockChanges returns when clocks changed in a zone from 2000 to 2036, and one
// day besides for zones where they never do.
func clockChanges(loc *time.Location) []time.Time {
	end := time.Date(2036, 1, 1, 0, 0, 0, 0, loc)
	all := []time.Time{time.Date(2000, 1, 1, 0, 0, 0, 0, loc)}
	for t := all[0]; ; {
		_, next := t.ZoneBounds()
		if next.IsZero() || next.After(end) {
			return all
		}
		all, t = append(all, next), next
	}
}

func sameDate(a, b time.Time, loc *time.Location) bool {
	y1, m1, d1 := a.In(loc).Date()
	y2, m2, d2 := b.In(loc).Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}
