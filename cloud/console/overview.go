package console

import (
	"net/http"
	"time"

	"muster/access"
	"muster/attendance"
)

type overviewPage struct {
	Organisation string
	Today        string // the date, by the reader's clock

	Sites, People, Tablets int // to tell what the first steps are
	Online                 int

	Troubled    []tabletView // the tablets that need somebody
	Quarantined int
	Undecided   int // punches that wait for approval
	Licence     []licenceNote
	Clocks      []licenceNote // parts of the cloud that take no tablets
	SetBack     *licenceNote  // the cloud's database; nil: it is as the tablets know it

	Present int // whose last punch today was in
	In      int // punches today
	Out     int
	Refused int
	More    bool // there are more than were counted
	Latest  []logRow
}

// Count is how many things need somebody; the quarantine is one.
func (p overviewPage) Count() int {
	n := len(p.Troubled)
	if p.Quarantined > 0 {
		n++
	}
	if p.Undecided > 0 {
		n++
	}
	if p.SetBack != nil {
		n++
	}
	return n + len(p.Licence) + len(p.Clocks)
}

// mostCounted is how many punches of a day are counted; an organisation with
// more sees "more than".
const mostCounted = 20_000

func (v *visit) overview() error {
	ctx := v.r.Context()
	org, err := v.people.Organisation(ctx, v.actor)
	if err != nil {
		return err
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	p := overviewPage{Organisation: org.Name, Sites: len(sites), Today: v.text.Date("date.long", v.now().In(v.dayZone(sites, "")))}
	page, err := v.people.Members(ctx, v.actor, attendance.MemberQuery{Limit: 1})
	if err != nil {
		return err
	}
	p.People = page.Total
	devices, err := v.readDevices()
	if err != nil {
		return err
	}
	p.Tablets, p.Online = len(devices.Tablets), devices.Online
	for _, t := range devices.Tablets {
		if t.Locked {
			t.Problems = append(t.Problems, v.lockedProblem())
		}
		if len(t.Problems) > 0 {
			p.Troubled = append(p.Troubled, t)
		}
	}
	quarantined, err := v.people.Quarantined(ctx, v.actor)
	if err != nil {
		return err
	}
	p.Quarantined = len(quarantined)
	if p.Undecided, err = v.undecided(); err != nil {
		return err
	}
	if p.Licence, err = v.licenceNotes(); err != nil {
		return err
	}
	if !org.SetBack.IsZero() && v.actor.May(access.ManageSites) {
		note := v.setBackNote(org.SetBack)
		p.SetBack = &note
	}
	if v.actor.May(access.ManageSites) {
		p.Clocks = v.clockNotes(org.WrongClocks)
	}
	if err := v.countToday(&p, sites); err != nil {
		return err
	}
	if p.Latest, _, err = v.readLog(logFilter{}, 8); err != nil {
		return err
	}
	return v.show(http.StatusOK, "app", "overview", "overview", p)
}

// countToday counts each site's punches since its own midnight, without those that
// were rejected.
func (v *visit) countToday(p *overviewPage, sites []attendance.Site) error {
	starts := make(map[attendance.SiteID]time.Time, len(sites))
	first := v.now()
	for _, s := range sites {
		start := attendance.StartOfDay(v.now(), s.Location())
		starts[s.ID] = start
		if start.Before(first) {
			first = start
		}
	}
	if len(sites) == 0 {
		return nil
	}
	last := map[attendance.ProfileID]bool{} // whether the newest punch was in
	q := attendance.LogQuery{From: first, Limit: 1000}
	for seen := 0; ; {
		entries, next, err := v.people.Punches(v.r.Context(), v.actor, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Punch.At.Before(starts[e.Punch.Site]) || !e.Punch.Approval.Counts() {
				continue
			}
			in := e.Punch.Direction == attendance.In
			if in {
				p.In++
			} else {
				p.Out++
			}
			if _, ok := last[e.Punch.Profile]; !ok {
				last[e.Punch.Profile] = in
			}
		}
		if seen += len(entries); next == "" || seen >= mostCounted {
			p.More = next != ""
			break
		}
		q.Before = next
	}
	for _, in := range last {
		if in {
			p.Present++
		}
	}
	refused, next, err := v.people.Refusals(v.r.Context(), v.actor, attendance.LogQuery{From: first, Limit: 1000})
	if err != nil {
		return err
	}
	for _, r := range refused {
		if !r.At.Before(starts[r.Site]) {
			p.Refused++
		}
	}
	p.More = p.More || next != ""
	return nil
}
