package portal

import (
	"net/http"
	"slices"
	"time"

	"muster/attendance"
)

// punchesPage is one week. A whole week is a page, so that its sums are right.
type punchesPage struct {
	From, To string // its first and last day, in words
	This     bool   // it is the present one
	Sum      string // hours
	ForNow   bool   // those of punches that wait for approval are among them
	Days     []punchDay
	Older    string // address of the newest week before that has punches; empty: none
	Newer    string // of the week after; empty: this is the present one
}

type punchDay struct {
	Name string
	Sum  string
	Rows []punchRow // oldest first, as the day went
}

func (v *visit) punches() error {
	now := v.Now()
	week := attendance.StartOfWeek(now, v.zone)
	if asked := v.r.URL.Query().Get("week"); asked != "" {
		day, err := time.ParseInLocation(time.DateOnly, asked, v.zone)
		if err != nil || day.Year() < 2000 || day.After(now) {
			v.goTo("/my/punches")
			return nil
		}
		week = attendance.StartOfWeek(day.Add(12*time.Hour), v.zone)
	}
	end := attendance.StartOfWeek(week.Add(8*24*time.Hour), v.zone)
	entries, err := v.around(week, end)
	if err != nil {
		return err
	}
	older, _, err := v.Accounts.OwnPunches(v.r.Context(), v.self, attendance.LogQuery{To: week, Limit: 1})
	if err != nil {
		return err
	}
	all := spells(entries, now)
	p := punchesPage{
		From: since(v.text, week.In(v.zone), end), To: v.text.Date("date.full", end.Add(-time.Hour).In(v.zone)), This: now.Before(end), Sum: hours(worked(all, week, end, now)),
		ForNow: forNow(entries, week, end), Days: v.days(entries, all, week, end, now),
	}
	if len(older) > 0 {
		p.Older = v.weekOf(older[0].Punch.At)
	}
	if !p.This {
		p.Newer = v.weekOf(end)
	}
	return v.show(http.StatusOK, "my", "punches", p)
}

func (v *visit) weekOf(t time.Time) string {
	return "/my/punches?week=" + attendance.StartOfWeek(t, v.zone).In(v.zone).Format(time.DateOnly)
}

// days sorts the punches of [from, to) by day, the newest first.
func (v *visit) days(entries []attendance.Entry, all []attendance.Punch, from, to, now time.Time) []punchDay {
	var days []punchDay
	var open time.Time // the day that the last of days is
	for _, e := range entries {
		if e.Punch.At.Before(from) || !e.Punch.At.Before(to) {
			continue
		}
		if day := attendance.StartOfDay(e.Punch.At, v.zone); len(days) == 0 || !day.Equal(open) {
			open = day
			next := attendance.StartOfDay(day.Add(30*time.Hour), v.zone)
			days = append(days, punchDay{Name: v.text.Date("date.long", day.In(v.zone)), Sum: hours(worked(all, day, next, now))})
		}
		days[len(days)-1].Rows = append(days[len(days)-1].Rows, v.row(e))
	}
	slices.Reverse(days)
	return days
}
