package portal

import (
	"net/http"
	"slices"
	"time"

	"muster/attendance"
)

type todayPage struct {
	First   string
	Day     string
	In      *moment // since when the person is at work; nil: isn't
	Where   string
	Today   string // hours
	Week    string
	Last    []punchRow
	Missing []string
	FaceID  string // organisation that asks for a face reference; empty: none does
	ForNow  bool   // hours of punches that wait for approval are among them
}

// punchRow is one punch as its person sees it.
type punchRow struct {
	When     *moment
	In       bool
	Site     string
	Mended   bool // the time was put right
	Unsure   bool // the time may be wrong
	ByHand   bool
	Waiting  bool // somebody still approves it; it counts for now
	Approved bool // somebody did
	Rejected bool // somebody said that it doesn't count
}

func (v *visit) row(e attendance.Entry) punchRow {
	return punchRow{
		When: v.at(e.Punch.At, attendance.Location(e.TimeZone)), In: e.Punch.Direction == attendance.In, Site: e.SiteName, ByHand: e.Punch.ByHand,
		Mended: e.Punch.Moment.Source == attendance.Carried, Unsure: !e.Punch.Moment.Source.Sure(),
		Waiting: e.Punch.Approval == attendance.ApprovalWaiting, Approved: e.Punch.Approval == attendance.Approved, Rejected: e.Punch.Approval == attendance.Rejected,
	}
}

// mostPunches is how many are read at once; nobody has more in nine days.
const mostPunches = 1000

// around returns the punches of [from, to) and of as long before and after as a
// spell of work may last, oldest first.
func (v *visit) around(from, to time.Time) ([]attendance.Entry, error) {
	entries, _, err := v.Accounts.OwnPunches(v.r.Context(), v.self, attendance.LogQuery{
		From: from.Add(-attendance.MaxSpell), To: to.Add(attendance.MaxSpell), Limit: mostPunches,
	})
	slices.Reverse(entries)
	return entries, err
}

// forNow tells whether punches of [from, to) wait for approval, so that sums may
// still change.
func forNow(entries []attendance.Entry, from, to time.Time) bool {
	return slices.ContainsFunc(entries, func(e attendance.Entry) bool {
		return e.Punch.Approval == attendance.ApprovalWaiting && !e.Punch.At.Before(from) && e.Punch.At.Before(to)
	})
}

// newest returns the last punch that counts.
func newest(entries []attendance.Entry) (attendance.Entry, bool) {
	for _, e := range slices.Backward(entries) {
		if e.Punch.Approval.Counts() {
			return e, true
		}
	}
	return attendance.Entry{}, false
}

// spells are punches to reckon with, without what was rejected. One that began longer ago than a spell may
// last, and never ended, is nobody's working time.
func spells(entries []attendance.Entry, now time.Time) []attendance.Punch {
	all := make([]attendance.Punch, len(entries))
	for i, e := range entries {
		all[i] = e.Punch
	}
	all = attendance.Counting(all)
	if n := len(all); n > 0 && all[n-1].Direction == attendance.In && now.Sub(all[n-1].At) >= attendance.MaxSpell {
		all = all[:n-1]
	}
	return all
}

// worked sums the work in [from, to) up to now.
func worked(all []attendance.Punch, from, to, now time.Time) time.Duration {
	if to.After(now) {
		to = now
	}
	return attendance.Worked(all, from, to)
}

func (v *visit) today() error {
	now := v.Now()
	last, _, err := v.Accounts.OwnPunches(v.r.Context(), v.self, attendance.LogQuery{Limit: 1})
	if err != nil {
		return err
	}
	if len(last) > 0 && last[0].TimeZone != "" {
		v.zone, v.guessed = attendance.Location(last[0].TimeZone), false // where the person works now
	}
	week, day := attendance.StartOfWeek(now, v.zone), attendance.StartOfDay(now, v.zone)
	entries, err := v.around(week, now)
	if err != nil {
		return err
	}
	asks, err := v.asksForFace()
	if err != nil {
		return err
	}
	all := spells(entries, now)
	p := todayPage{
		First: v.own.Profile.FirstName, Day: v.text.Date("date.long", now.In(v.zone)), Missing: v.missing(),
		Today: hours(worked(all, day, now, now)), Week: hours(worked(all, week, now, now)),
		ForNow: forNow(entries, week, now),
	}
	if asks {
		p.FaceID = v.own.Organisation
	}
	if e, ok := newest(entries); ok && e.Punch.Direction == attendance.In && now.Sub(e.Punch.At) < attendance.MaxSpell {
		p.In, p.Where = v.at(e.Punch.At, attendance.Location(e.TimeZone)), e.SiteName
	}
	for _, e := range slices.Backward(entries) {
		if e.Punch.At.Before(day) || len(p.Last) == 6 {
			break
		}
		p.Last = append(p.Last, v.row(e))
	}
	return v.show(http.StatusOK, "my", "today", p)
}
