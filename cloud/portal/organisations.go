package portal

import (
	"errors"
	"net/http"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/cloud/pages"
	"muster/invite"
)

// keyLater is the session's note of invitations to join that were closed without
// an answer: their profiles, one space between. They pop up again at the next
// sign-in, and are in the menu all the while.
const keyLater = "my-later"

// standingRow is one organisation of the person.
type standingRow struct {
	Organisation string
	Profile      string // empty: none yet, see Org
	Org          string
	State        string // "here", "member", "asked", "rejected" or "open"
	Since        *moment
	Added        string
}

func (v *visit) standingRows() ([]standingRow, error) {
	all, err := v.Accounts.Standings(v.r.Context(), v.self)
	if err != nil {
		return nil, err
	}
	var rows []standingRow
	for _, s := range all {
		r := standingRow{Organisation: s.Organisation, Profile: string(s.Self.Profile), Org: string(s.Self.Org), Added: string(s.Added)}
		if !s.Since.IsZero() {
			r.Since = v.here(s.Since)
		}
		switch {
		case s.Current:
			r.State = "here"
		case s.Waits():
			r.State = "asked"
		case s.State.Membership == invite.Rejected:
			r.State = "rejected"
		case s.Opens():
			r.State = "member"
		case s.State.Membership == invite.Outside && s.Way == invite.ByDomain:
			r.State = "open"
		default:
			continue
		}
		rows = append(rows, r)
	}
	return rows, nil
}

type organisationsPage struct {
	Asked, Member, Open, Rejected []standingRow
}

func (v *visit) organisations() error {
	rows, err := v.standingRows()
	if err != nil {
		return err
	}
	var p organisationsPage
	for _, r := range rows {
		switch r.State {
		case "asked":
			p.Asked = append(p.Asked, r)
		case "rejected":
			p.Rejected = append(p.Rejected, r)
		case "open":
			p.Open = append(p.Open, r)
		default:
			p.Member = append(p.Member, r)
		}
	}
	return v.show(http.StatusOK, "my", "organisations", p)
}

// popUp is what lies over a page while organisations wait for an answer.
type popUp struct {
	standingRow
	More int    // how many others wait
	Back string // the page beneath
}

// asks returns the pop-up of the page, nil where nothing waits that wasn't closed.
func (v *visit) asks(page string) (*popUp, error) {
	if v.own.Waiting == 0 || v.r.Method != http.MethodGet || page == "organisations" || page == "join-key" || page == "problem" {
		return nil, nil
	}
	rows, err := v.standingRows()
	if err != nil {
		return nil, err
	}
	later := strings.Fields(v.sessions.GetString(v.r.Context(), keyLater))
	var p *popUp
	for _, r := range rows {
		switch {
		case r.State != "asked" || contains(later, r.Profile):
		case p == nil:
			p = &popUp{standingRow: r, Back: v.r.URL.Path}
		default:
			p.More++
		}
	}
	return p, nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// closeAsk closes the pop-up without an answer.
func (v *visit) closeAsk() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	if later := v.sessions.GetString(ctx, keyLater); len(later) < 4000 && !contains(strings.Fields(later), f.Get("profile")) {
		v.sessions.Put(ctx, keyLater, strings.TrimSpace(later+" "+strings.Join(strings.Fields(f.Get("profile")), "")))
	}
	v.goTo(local(f.Get("back")))
	return nil
}

// answer is what Join and Decline do.
func (v *visit) answer() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	yes := f.Get("answer") == "join"
	if !yes && f.Get("answer") != "decline" {
		return pages.ErrBadForm
	}
	_, err = v.Accounts.AnswerMembership(v.r.Context(), v.self, attendance.ProfileID(f.Get("profile")), yes)
	var not *invite.NotNow
	if full := refusal(err); full != "" {
		return v.done(full, "/my/organisations")
	}
	if err != nil && !errors.As(err, &not) { // twice pressed is once
		return err
	}
	if !yes {
		return v.done("organisations.declined", "/my/organisations")
	}
	return v.done("organisations.joined", "/my/organisations")
}

// refusal returns what to say where nobody new is let in; empty: it is another
// error, or none.
func refusal(err error) string {
	var invalid access.Invalid
	if !errors.As(err, &invalid) {
		return ""
	}
	switch r := invite.Reason(invalid.Problem); r {
	case invite.NoSeat, invite.LicenceOver, invite.WayClosed:
		return "organisations.refused." + string(r)
	}
	return ""
}

// switchTo goes to another of the person's organisations.
func (v *visit) switchTo() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	to, err := v.Accounts.Enter(v.r.Context(), v.self, attendance.ProfileID(f.Get("profile")))
	if err != nil {
		return err
	}
	if err := v.signIn(to); err != nil {
		return err
	}
	v.goTo("/my")
	return nil
}

func (v *visit) joinByDomain() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, err = v.Accounts.JoinByDomain(v.r.Context(), v.self, attendance.OrgID(f.Get("org")))
	if full := refusal(err); full != "" {
		return v.done(full, "/my/organisations")
	}
	if err != nil {
		return err
	}
	return v.done("organisations.joined", "/my/organisations")
}
