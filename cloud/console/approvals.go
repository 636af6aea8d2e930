package console

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"muster/access"
	"muster/attendance"
)

// approvalsPage lists the punches that stand in one way.
type approvalsPage struct {
	punchesPage
	State  attendance.Approval
	Total  int      // over all pages
	Fields []hidden // what the list is narrowed to, for its form
	Result string   // what a decision came to, in words
	Left   string   // of how many somebody else had decided, in words
	Fewer  bool     // nothing was ticked
	News   string   // address of this page, to hear whether more wait; empty: that isn't of interest
	More   int      // how many more wait than when the page was made
}

// Approves tells whether what the page lists can be approved; Rejects, rejected.
func (p approvalsPage) Approves() bool { return p.State != attendance.Approved }

// Rejects is described beside Approves.
func (p approvalsPage) Rejects() bool { return p.State != attendance.Rejected }

// States are the lists that there are.
func (p approvalsPage) States() []attendance.Approval { return attendance.Approvals }

// At gives the address of the list of those that stand otherwise, the rest kept.
func (p approvalsPage) At(state attendance.Approval) string {
	p.State = state
	return p.address("")
}

// Everybody gives the address of the same list of everybody.
func (p approvalsPage) Everybody() string {
	p.Who = ""
	return p.address("")
}

func (p approvalsPage) values() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"site": p.Site, "day": p.Day, "person": p.Who, "state": string(p.State)} {
		if value != "" && value != string(attendance.ApprovalWaiting) {
			q.Set(name, value)
		}
	}
	return q
}

func (p approvalsPage) address(until string) string {
	q := p.values()
	if until != "" {
		q.Set("until", until)
	}
	return withQuery("/approvals", q)
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// approvalFilter reads what is asked for, out of an address or a form.
func (v *visit) approvalFilter(q url.Values) (logFilter, approvalsPage, error) {
	choices, sites, err := v.siteChoices()
	if err != nil {
		return logFilter{}, approvalsPage{}, err
	}
	f, p, err := v.logFilterOf(q, sites)
	if err != nil {
		return f, approvalsPage{}, err
	}
	var known bool
	if f.approval, known = attendance.ParseApproval(cmp.Or(q.Get("state"), string(attendance.ApprovalWaiting))); !known {
		return f, approvalsPage{}, access.ErrNotFound
	}
	f.show, p.Show, p.Sites = showPunches, "", choices
	p.Asked = p.Site != "" || p.Day != "" || p.Who != ""
	return f, approvalsPage{punchesPage: p, State: f.approval}, nil
}

func (f logFilter) query() attendance.LogQuery {
	return attendance.LogQuery{Site: f.site, Profile: f.profile, From: f.from, To: f.to, Approval: f.approval}
}

func (v *visit) approvals() error {
	asked := v.r.URL.Query()
	f, p, err := v.approvalFilter(asked)
	if err != nil {
		return err
	}
	whole := maps.Clone(asked)
	whole.Del("until")
	wholly, _, err := v.approvalFilter(whole)
	if err != nil {
		return err
	}
	all := wholly.query()
	// Before the list is read: what comes after has not been seen.
	if all.Through, err = v.people.LatestPunch(v.r.Context(), v.actor, all); err != nil {
		return err
	}
	if all.Through != "" { // else there is none: one that comes this moment is for the next look
		rows, more, err := v.readLog(f, logPerPage)
		if err != nil {
			return err
		}
		p.Rows = rows
		if more {
			p.Older = p.address(strconv.FormatInt(rows[len(rows)-1].at.UnixMicro(), 10))
		}
		if p.Total, err = v.people.CountPunches(v.r.Context(), v.actor, all); err != nil {
			return err
		}
	}
	p.Fields = append(fieldsOf(p.values()), hidden{"seen", string(all.Through)})
	if p.State == attendance.ApprovalWaiting && !p.Later {
		p.News = withQuery("/approvals", with(p.values(), "shown", strconv.Itoa(p.Total)))
		if asked.Has("shown") {
			p.News, p.More = v.r.URL.RequestURI(), max(0, p.Total-typed(asked.Get("shown")))
		}
	}
	v.tellDecided(&p, asked)
	status := http.StatusOK
	if p.Wrong != "" {
		status = http.StatusBadRequest
	}
	return v.show(status, "app", "approvals", "approvals", p)
}

func with(q url.Values, name, value string) url.Values {
	q.Set(name, value)
	return q
}

func fieldsOf(q url.Values) []hidden {
	var all []hidden
	for _, name := range []string{"site", "day", "person", "state"} {
		if value := q.Get(name); value != "" {
			all = append(all, hidden{name, value})
		}
	}
	return all
}

// tellDecided says what came of the decision that led here.
func (v *visit) tellDecided(p *approvalsPage, q url.Values) {
	p.Fewer = q.Has("none")
	how, ok := attendance.ParseApproval(q.Get("decided"))
	if !ok || how == attendance.ApprovalWaiting {
		return
	}
	p.Result = v.text.Count("approvals.decided."+string(how), typed(q.Get("changed")))
	if n := typed(q.Get("left")); n > 0 {
		p.Left = v.text.Count("approvals.left", n)
	}
}

// decide is the form of the list: one punch by a button of its row, those with a
// tick, or all that the list would show, after a question.
func (v *visit) decide(verdict attendance.Approval) error {
	form, err := v.readForm()
	if err != nil {
		return err
	}
	f, p, err := v.approvalFilter(form.Values)
	if err != nil {
		return err
	}
	back := p.values()
	d := attendance.Decision{Verdict: verdict, Was: f.approval}
	switch {
	case p.Wrong != "" || d.Was == verdict:
		return access.Invalid{Field: "day", Problem: access.Malformed}
	case form.Get("one") != "":
		d.IDs = punchIDs([]string{form.Get("one")})
	case form.Get("all") != "":
		d.All, d.Filter, d.Except = true, f.query(), punchIDs(form.All("except"))
		if d.Filter.Through = attendance.PunchID(form.Get("seen")); d.Filter.Through == "" {
			return access.Invalid{Field: "seen", Problem: access.Required}
		}
		if d.Most = typed(form.Get("most")); form.Get("sure") == "" || d.Most <= 0 {
			return v.askDecide(p, form, d)
		}
	default:
		d.IDs = punchIDs(form.All("id"))
	}
	if !d.All && len(d.IDs) == 0 {
		v.goTo(withQuery("/approvals", with(back, "none", "1")))
		return nil
	}
	out, err := v.people.DecidePunches(v.r.Context(), v.actor, d)
	if errors.Is(err, access.ErrConflict) { // more than was said: asked again, with what there is now
		return v.askDecide(p, form, d)
	}
	if err != nil {
		return err
	}
	back.Set("decided", string(verdict))
	back.Set("changed", strconv.Itoa(out.Changed))
	if out.Left > 0 {
		back.Set("left", strconv.Itoa(out.Left))
	}
	v.goTo(withQuery("/approvals", back))
	return nil
}

// askDecide says how many punches a decision is about that nobody may have looked at
// one by one.
func (v *visit) askDecide(p approvalsPage, form *form, d attendance.Decision) error {
	n, err := v.people.CountPunches(v.r.Context(), v.actor, d.Filter)
	if err != nil {
		return err
	}
	n = max(0, n-len(d.Except))
	fields := append(fieldsOf(p.values()), hidden{"all", "1"}, hidden{"sure", "1"}, hidden{"seen", form.Get("seen")}, hidden{"most", strconv.Itoa(n)})
	for _, id := range d.Except {
		fields = append(fields, hidden{"except", string(id)})
	}
	how := string(d.Verdict)
	return v.confirm("approvals", confirmPage{
		Heading: v.text.Count("approvals.sure."+how, n),
		Effects: []string{v.text.Say("approvals.effect." + how), v.text.Say("approvals.effect.seen"), v.text.Say("approvals.effect.back")},
		Button:  v.text.Count("approvals.do."+how, n), Action: v.r.URL.Path, Back: p.address(""), Calm: d.Verdict == attendance.Approved, Fields: fields,
	})
}

func punchIDs(texts []string) []attendance.PunchID {
	ids := make([]attendance.PunchID, len(texts))
	for i, text := range texts {
		ids[i] = attendance.PunchID(text)
	}
	return ids
}

func (v *visit) approvePunches() error { return v.decide(attendance.Approved) }
func (v *visit) rejectPunches() error  { return v.decide(attendance.Rejected) }

// approvalNote says how a punch stands that somebody has to approve.
func (v *visit) approvalNote(r *logRow, e attendance.Entry) {
	r.Approval = e.Punch.Approval
	if r.Approval == attendance.ApprovalNone {
		return
	}
	r.Stands = v.text.Say("log.approval."+string(r.Approval), "By", e.DecidedBy)
	if on := v.at(e.Decided, attendance.Location(e.TimeZone)); on != nil {
		r.Decided = v.text.Say("log.approval.when", "By", e.DecidedBy, "When", on.Date+", "+on.Clock)
	}
}

func exportApprovals(v *visit, put func(...any) error) error {
	f, p, err := v.approvalFilter(v.r.URL.Query())
	if err != nil {
		return err
	}
	if p.Wrong != "" {
		return access.Invalid{Field: "day", Problem: access.Malformed}
	}
	q := f.query()
	for q.Limit = perRead; ; {
		entries, next, err := v.people.Punches(v.r.Context(), v.actor, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			r, zone := v.punchRow(e), attendance.Location(e.TimeZone)
			what := v.text.Say("log.out")
			if r.In {
				what = v.text.Say("log.in")
			}
			if err := put(v.local(e.Punch.At, zone), e.TimeZone, what, e.Name, e.Number, e.SiteName, e.DeviceName, v.local(e.Received, zone),
				v.text.Say("approvals.state."+string(e.Punch.Approval)), e.DecidedBy, v.local(e.Decided, zone)); err != nil {
				return err
			}
		}
		if q.Before = next; next == "" {
			return nil
		}
	}
}

// undecided counts the punches within reach that wait for approval.
func (v *visit) undecided() (int, error) {
	return v.people.CountPunches(v.r.Context(), v.actor, attendance.LogQuery{Approval: attendance.ApprovalWaiting})
}
