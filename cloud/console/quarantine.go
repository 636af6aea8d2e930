package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

type quarantinePage struct {
	Rows   []quarantineRow
	Repeat bool   // there is something that can be tried again
	Result string // what trying again came to, in words
}

// quarantineRow is one thing in quarantine, as the list and its own page show it.
type quarantineRow struct {
	attendance.Quarantined
	Reason string // in words
	Mend   string // what to do about it
	Came   *moment
	Then   *moment // when it happened, as the tablet told it; nil: it told no time that can be written
	Way    string  // in or out, in words
	Plan   string  // what will happen
	Card   string
	Place  string // stream and number in the journal
	Became string // what has become of it, in words; empty: it is open
	When   *moment
}

func (v *visit) quarantineRow(q attendance.Quarantined) quarantineRow {
	zone := time.UTC
	if q.TimeZone != "" {
		zone = attendance.Location(q.TimeZone)
	}
	r := quarantineRow{Quarantined: q, Came: v.at(q.Received, zone), When: v.at(q.Resolved, zone)}
	key, _, _ := strings.Cut(q.Reason, ":") // what follows is for whoever reads logs
	mend, known := remedies[key]
	if !known {
		key, mend = "other", "other"
	}
	r.Reason, r.Mend = v.text.Say("quarantine.why."+key), v.text.Say("quarantine.mend."+mend)
	if q.Stream != "" {
		r.Place = q.Stream + " / " + strconv.FormatUint(q.Seq, 10)
	}
	if p := q.Punch; p.ID != "" {
		r.Card = p.Card.Short()
		if y := p.At.Year(); y > 0 && y < 10000 {
			r.Then = v.at(p.At, zone)
		}
		switch p.Direction {
		case attendance.In:
			r.Way = v.text.Say("log.in")
		case attendance.Out:
			r.Way = v.text.Say("log.out")
		}
	}
	switch {
	case q.Assignable:
		r.Plan = v.text.Say("quarantine.plan.assign")
	case q.Repeatable:
		r.Plan = v.text.Say("quarantine.plan.repeat")
	default:
		r.Plan = v.text.Say("quarantine.plan.dismiss")
	}
	if q.Resolution != "" {
		r.Became = v.text.Say("quarantine.became."+string(q.Resolution), "Name", q.Whose, "By", q.ResolvedBy, "Note", q.Note)
	}
	return r
}

// remedies tells, for each reason that has words of its own, which advice fits
// it; see the messages quarantine.why and quarantine.mend.
var remedies = map[string]string{
	"unknown-profile": "missing", "unknown-site": "missing",
	"unknown-kind": "version",
	"salvaged":     "salvaged", "doubtful": "doubtful",
	"after-revocation": "import", "unsigned-export": "import",
	"implausible-time": "clock", "uncertain-holder": "holder",
	"clone": "clone", "broken-chain": "clone", "duplicate-id": "clone", "backwards": "clone", "twins": "clone",
	"lost":            "lost",
	"unknown-command": "capture", "unknown-capture": "capture", "capture-over": "capture", "capture-expired": "capture", "capture-failed": "capture",
	"malformed-payload": "damaged", "malformed-direction": "damaged", "malformed-card": "damaged", "malformed-reason": "damaged",
	"malformed-row": "damaged", "malformed-batch": "damaged", "oversized": "damaged", "wrong-hash": "damaged",
}

func (v *visit) quarantine() error {
	all, err := v.people.Quarantined(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	var p quarantinePage
	for _, q := range all {
		p.Rows = append(p.Rows, v.quarantineRow(q))
		p.Repeat = p.Repeat || q.Repeatable
	}
	if asked := v.r.URL.Query(); asked.Has("tried") {
		p.Result = v.reprocessed(typed(asked.Get("tried")), typed(asked.Get("matched")))
	}
	return v.show(http.StatusOK, "app", "quarantine", "overview", p)
}

func typed(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (v *visit) reprocessed(tried, matched int) string {
	return v.text.Count("quarantine.matched", matched) + " " + v.text.Count("quarantine.left", tried-matched)
}

// confirmReprocess tells what trying again would come to at this moment.
func (v *visit) confirmReprocess() error {
	r, err := v.people.TryReprocess(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	return v.confirm("overview", confirmPage{
		Heading: v.text.Count("quarantine.repeat.heading", r.Tried),
		Effects: []string{
			v.text.Count("quarantine.repeat.matched", r.Matched), v.text.Count("quarantine.repeat.left", r.Tried-r.Matched), v.text.Say("quarantine.repeat.raw"),
		},
		Button: v.text.Say("quarantine.repeat.button"),
		Action: "/quarantine/reprocess", Back: "/quarantine", Calm: true,
	})
}

func (v *visit) reprocess() error {
	r, err := v.people.Reprocess(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	v.goTo("/quarantine?tried=" + strconv.Itoa(r.Tried) + "&matched=" + strconv.Itoa(r.Matched))
	return nil
}

// mostPeople is how many people are offered to choose from; with more, somebody
// has to type a part of the name first.
const mostPeople = 100

type quarantinedPage struct {
	*form
	quarantineRow
	Text   string   // that the people were searched for
	People []choice // whose punch it may be
	More   bool     // there are more than are offered
}

func (p quarantinedPage) title(*language) string { return p.Reason }

func (v *visit) findQuarantined() (attendance.Quarantined, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return attendance.Quarantined{}, access.ErrNotFound
	}
	return v.people.QuarantinedRow(v.r.Context(), v.actor, id)
}

func (v *visit) quarantined() error {
	q, err := v.findQuarantined()
	if err != nil {
		return err
	}
	return v.showQuarantined(http.StatusOK, q, newForm())
}

func (v *visit) showQuarantined(status int, q attendance.Quarantined, f *form) error {
	p := quarantinedPage{form: f, quarantineRow: v.quarantineRow(q), Text: v.r.URL.Query().Get("q")}
	if q.Assignable && v.actor.May(access.ManageRoster) {
		if err := v.offerPeople(&p, q); err != nil {
			return err
		}
	}
	return v.show(status, "app", "quarantined", "overview", p)
}

// offerPeople finds the people of the tablet's site, and of the site that the
// punch names. Who had the card at any time come first, who held it then chosen.
func (v *visit) offerPeople(p *quarantinedPage, q attendance.Quarantined) error {
	sites := []attendance.SiteID{q.Site}
	if q.Punch.Site != q.Site && v.actor.Sees(q.Punch.Site) {
		sites = append(sites, q.Punch.Site)
	}
	add := func(m attendance.Member) {
		id := string(m.Profile.ID)
		if !slices.ContainsFunc(p.People, func(c choice) bool { return c.Value == id }) {
			p.People = append(p.People, choice{Value: id, Label: m.Profile.Name() + " · " + m.Profile.Number})
		}
	}
	for _, holder := range q.Holders {
		m, err := v.people.Member(v.r.Context(), v.actor, holder)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err == nil && slices.ContainsFunc(m.Sites, func(s attendance.SiteID) bool { return slices.Contains(sites, s) }) {
			add(m)
			if holder == q.Likely && !p.Values.Has("employee") {
				p.Set("employee", string(holder))
			}
		}
	}
	for _, site := range sites {
		page, err := v.people.Members(v.r.Context(), v.actor, attendance.MemberQuery{Text: p.Text, Site: site, Limit: mostPeople})
		if isInvalid(err, "text") || isNotFound(err) { // a search that can't be in any name; a site that is nobody's
			continue
		}
		if err != nil {
			return err
		}
		p.More = p.More || page.Next != ""
		for _, m := range page.Members {
			add(m)
		}
	}
	return nil
}

// mendQuarantined reads a form of an entry's page, does what it asks for, and
// shows the page again where the form was wrong.
func (v *visit) mendQuarantined(done string, do func(id int64, f *form) error) error {
	q, err := v.findQuarantined()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if err := f.Take(do(q.ID, f)); err != nil {
		return err
	}
	if f.Bad() {
		return v.showQuarantined(http.StatusUnprocessableEntity, q, f)
	}
	return v.done(done, "/quarantine/"+url.PathEscape(strconv.FormatInt(q.ID, 10)))
}

func (v *visit) assignQuarantined() error {
	return v.mendQuarantined("quarantine.assigned", func(id int64, f *form) error {
		if f.Require("employee"); f.Bad() {
			return nil
		}
		return v.people.AssignQuarantined(v.r.Context(), v.actor, id, attendance.ProfileID(f.Get("employee")))
	})
}

func (v *visit) dismissQuarantined() error {
	return v.mendQuarantined("quarantine.dismissed", func(id int64, f *form) error {
		if f.Require("reason"); f.Bad() {
			return nil
		}
		return v.people.DismissQuarantined(v.r.Context(), v.actor, id, f.Get("reason"))
	})
}
