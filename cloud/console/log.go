package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

const logPerPage = 50

// lateAfter is how long after a punch the cloud may have it without the list
// saying that it came late.
const lateAfter = time.Minute

// logFilter is what a list of punches is narrowed to.
type logFilter struct {
	site    attendance.SiteID
	profile attendance.ProfileID
	from    time.Time // inclusive; zero: no start
	to      time.Time // exclusive; zero: no end
	show    string    // showAll, showPunches or showRefused

	approval attendance.Approval // of punches: how they stand; empty: in whichever way
}

// What a list of punches shows.
const (
	showAll     = ""
	showPunches = "punches"
	showRefused = "refused"
)

// logRow is a punch or a refused tap, as the list shows it.
type logRow struct {
	ID      string
	at      time.Time
	Person  *person // nil: nobody is known by the card
	When    *moment
	In      bool
	Refused bool
	Reason  string // why it was refused, in words
	Code    string // for the support desk
	Card    string // first digits of an unknown card
	Site    string
	Tablet  string
	Late    string // how much later the cloud had it, in words; empty: at once
	Unsure  string // why the time may be wrong; empty: it is sure
	Mended  string // how the time was put right; empty: it wasn't
	ByHand  bool   // a user said whose it is
	Spoken  string // the row as one sentence, for the live region
	Fresh   bool   // it has just come in
	Own     bool   // listed on the person's own page: who it is needn't be said

	Approval attendance.Approval
	Stands   string // that, in words; empty: it needs no approval
	Decided  string // by whom and when, in words; empty: nobody has
}

func (v *visit) punchRow(e attendance.Entry) logRow {
	r := logRow{
		ID: string(e.Punch.ID), at: e.Punch.At,
		Person: named(string(e.Punch.Profile), e.Name, e.Number, e.Photo),
		When:   v.at(e.Punch.At, attendance.Location(e.TimeZone)),
		In:     e.Punch.Direction == attendance.In,
		Site:   e.SiteName, Tablet: e.DeviceName,
		ByHand: e.Punch.ByHand,
	}
	if late := e.Received.Sub(e.Punch.At); late > lateAfter {
		r.Late = v.text.Span(late)
	}
	v.timeNotes(&r, e)
	v.approvalNote(&r, e)
	key := "log.spoken.out"
	if r.In {
		key = "log.spoken.in"
	}
	r.Spoken = v.text.Say(key, "Name", e.Name, "Time", r.When.Clock)
	return r
}

// timeNotes says how the time of a punch was determined, where that isn't as it
// should be.
func (v *visit) timeNotes(r *logRow, e attendance.Entry) {
	showed := v.at(e.Punch.Clock.Device, attendance.Location(e.TimeZone))
	if showed == nil {
		showed = &moment{}
	}
	within := ""
	if u := e.Punch.Moment.Uncertainty; u >= 0 {
		within = v.text.Say("log.within", "Span", v.text.Span(max(u, time.Second)))
	}
	tip := func(key string) string {
		return strings.TrimSpace(v.text.Say(key, "Showed", showed.Date+", "+showed.Clock) + " " + within)
	}
	switch e.Punch.Moment.Source {
	case attendance.Carried:
		r.Mended = tip("log.time.carried")
	case attendance.Unconfirmed:
		r.Unsure = tip("log.time.unconfirmed")
	case attendance.Bounded:
		r.Unsure = tip("log.time.bounded")
	}
}

func (v *visit) refusalRow(e attendance.Refusal) logRow {
	r := logRow{
		ID: e.ID, at: e.At, Refused: true, When: v.at(e.At, attendance.Location(e.TimeZone)),
		Site: e.SiteName, Tablet: e.DeviceName, Code: e.Reason.Code(),
		Reason: v.text.Say("reason." + string(e.Reason)),
	}
	if !v.text.Has("reason." + string(e.Reason)) {
		r.Reason = v.text.Say("reason.other")
	}
	if e.Profile != "" {
		r.Person = named(string(e.Profile), e.Name, "", "")
	} else {
		r.Card = e.Card.Short()
	}
	r.Spoken = v.text.Say("log.spoken.refused", "Reason", r.Reason, "Time", r.When.Clock)
	return r
}

// newer orders rows as lists show them, the newest first.
func newer(a, b logRow) int {
	return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.ID, a.ID))
}

// readLog returns the newest punches and refused taps that a filter lets
// through, as one list, and whether there are older ones.
func (v *visit) readLog(f logFilter, limit int) (rows []logRow, more bool, err error) {
	q := f.query()
	q.Limit = limit + 1
	if f.show != showRefused {
		entries, _, err := v.people.Punches(v.r.Context(), v.actor, q)
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			rows = append(rows, v.punchRow(e))
		}
	}
	if f.show != showPunches {
		refusals, _, err := v.people.Refusals(v.r.Context(), v.actor, q)
		if err != nil {
			return nil, false, err
		}
		for _, r := range refusals {
			rows = append(rows, v.refusalRow(r))
		}
	}
	slices.SortFunc(rows, newer)
	if len(rows) <= limit {
		return rows, false, nil
	}
	// The page after goes on before the last row's time; rows of the very same
	// time must stay with it.
	n := limit
	for n < len(rows) && rows[n].at.Equal(rows[limit-1].at) {
		n++
	}
	return rows[:n], n < len(rows), nil
}

type punchesPage struct {
	Rows  []logRow
	Site  string
	Sites []choice
	Day   string // 2006-01-02, as typed
	Show  string
	Who   string  // whose alone, by id; empty: everybody's
	Whose *person // who that is
	Older string  // address of older rows; empty: there are none
	Later bool    // this isn't the newest page
	Live  string  // address of the stream; empty: this page stands still
	Wrong string  // what is wrong with the day, as the key of a message
	Asked bool    // something narrows the list
}

// Where gives the address of the list showing something else, the rest kept.
func (p punchesPage) Where(show string) string {
	p.Show = show
	return p.address("/punches", "")
}

// Everybody gives the address of the same list of everybody.
func (p punchesPage) Everybody() string {
	p.Who = ""
	return p.address("/punches", "")
}

func (p punchesPage) address(path, until string) string {
	q := url.Values{}
	for name, value := range map[string]string{"site": p.Site, "day": p.Day, "show": p.Show, "person": p.Who, "until": until} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (v *visit) punches() error {
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	f, p, err := v.logFilter(sites)
	if err != nil {
		return err
	}
	p.Sites = choices
	rows, more, err := v.readLog(f, logPerPage)
	if err != nil {
		return err
	}
	p.Rows = rows
	if more {
		p.Older = p.address("/punches", strconv.FormatInt(rows[len(rows)-1].at.UnixMicro(), 10))
	}
	if now := v.now(); !p.Later && (f.to.IsZero() || now.Before(f.to)) && !now.Before(f.from) {
		p.Live = p.address("/live/punches", "")
	}
	status := http.StatusOK
	if p.Wrong != "" {
		status = http.StatusBadRequest
	}
	return v.show(status, "app", "punches", "punches", p)
}

// logFilter reads what the address asks for. A day is a day at the site, or,
// for several sites at once, where the reader is.
func (v *visit) logFilter(sites []attendance.Site) (logFilter, punchesPage, error) {
	return v.logFilterOf(v.r.URL.Query(), sites)
}

func (v *visit) logFilterOf(q url.Values, sites []attendance.Site) (logFilter, punchesPage, error) {
	var f logFilter
	p := punchesPage{Day: q.Get("day")}
	if id := q.Get("site"); id != "" {
		if !slices.ContainsFunc(sites, func(s attendance.Site) bool { return string(s.ID) == id }) {
			return f, p, access.ErrNotFound
		}
		f.site, p.Site = attendance.SiteID(id), id
	}
	if show := q.Get("show"); show == showPunches || show == showRefused {
		f.show, p.Show = show, show
	}
	if who := q.Get("person"); who != "" {
		id, err := attendance.ParseID[attendance.ProfileID](who)
		if err != nil {
			return f, p, access.ErrNotFound
		}
		m, err := v.people.Member(v.r.Context(), v.actor, id)
		if err != nil {
			return f, p, err
		}
		f.profile, p.Who, p.Whose = id, who, personOf(m.Profile)
	}
	p.Asked = p.Site != "" || p.Day != "" || p.Show != "" || p.Who != ""
	if p.Day != "" {
		zone := v.dayZone(sites, f.site)
		noon, err := time.ParseInLocation("2006-01-02 15", p.Day+" 12", zone)
		if err != nil || noon.Year() < 2000 || noon.Year() > 9999 {
			p.Wrong = "problem.malformed-day"
		} else { // a day may have 23 or 25 hours, and not every one begins at midnight
			f.from, f.to = attendance.StartOfDay(noon, zone), attendance.StartOfDay(noon.Add(24*time.Hour), zone)
		}
	}
	if until, err := strconv.ParseInt(q.Get("until"), 10, 64); err == nil && until > 0 {
		p.Later = true
		if at := time.UnixMicro(until); f.to.IsZero() || at.Before(f.to) {
			f.to = at
		}
	}
	return f, p, nil
}

func (v *visit) dayZone(sites []attendance.Site, chosen attendance.SiteID) *time.Location {
	var zone *time.Location
	for _, s := range sites {
		switch {
		case s.ID == chosen:
			return s.Location()
		case zone == nil:
			zone = s.Location()
		case zone.String() != s.TimeZone:
			zone = v.zone // several: the reader's
			if zone == nil {
				return time.UTC
			}
			return zone
		}
	}
	if zone == nil {
		return time.UTC
	}
	return zone
}
