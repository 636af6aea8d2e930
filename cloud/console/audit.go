package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"muster/access"
	"muster/attendance"
)

const auditPerPage = 50

// audit is what the console asks of the audit log.
type audit interface {
	AuditLog(ctx context.Context, actor access.Actor, q access.AuditQuery) (access.AuditPage, error)
	AuditActions(ctx context.Context, actor access.Actor) ([]string, error)
	Record(ctx context.Context, actor access.Actor, action, subject string) error
}

type auditPage struct {
	Rows    []auditRow
	Users   []choice
	Actions []choice
	Who     string  // whose doing, by id; empty: everybody's
	Action  string  // empty: any
	Whose   *person // to whom; nil: to anybody
	Person  string  // the id of Whose
	From    string  // 2006-01-02, as typed
	To      string
	Wrong   string // what is wrong with the days, as the key of a message
	Asked   bool   // something narrows the list
	Older   string // address of the page after; empty: there is none
	Later   bool   // this isn't the first page
}

// auditRow is one entry as the list shows it.
type auditRow struct {
	When    *moment
	Who     string
	Via     string // in words
	Address string
	Token   string
	What    string
	Person  *person
	Subject string // in words, where there is no person
	To      string // address of the page about it; empty: there is none
}

// auditQuery reads what the address asks for.
func (v *visit) auditQuery() (access.AuditQuery, auditPage) {
	q := v.r.URL.Query()
	p := auditPage{Who: q.Get("who"), Action: q.Get("action"), Person: q.Get("person"), From: q.Get("from"), To: q.Get("to"), Later: q.Get("before") != ""}
	query := access.AuditQuery{User: access.UserID(p.Who), Action: p.Action, Before: q.Get("before"), Limit: auditPerPage}
	if id, err := attendance.ParseID[attendance.ProfileID](p.Person); err == nil {
		query.Person = id
	} else {
		p.Person = ""
	}
	zone := v.zone
	if zone == nil {
		zone = time.UTC
	}
	day := func(typed *string, add int) time.Time {
		if *typed == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation("2006-01-02 15", *typed+" 12", zone)
		if err != nil || t.Year() < 2000 || t.Year() > 9999 {
			p.Wrong = "problem.malformed-day"
			return time.Time{}
		}
		return attendance.StartOfDay(t.AddDate(0, 0, add), zone)
	}
	query.From, query.To = day(&p.From, 0), day(&p.To, 1)
	p.Asked = p.Who != "" || p.Action != "" || p.Person != "" || p.From != "" || p.To != ""
	return query, p
}

func (v *visit) audit() error {
	query, p := v.auditQuery()
	page, err := v.people.AuditLog(v.r.Context(), v.actor, query)
	if err != nil {
		return err
	}
	users, err := v.people.Users(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, u := range users {
		p.Users = append(p.Users, choice{Value: string(u.ID), Label: u.Name, Chosen: string(u.ID) == p.Who})
	}
	actions, err := v.people.AuditActions(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, a := range actions {
		p.Actions = append(p.Actions, choice{Value: a, Label: v.action(a), Chosen: a == p.Action})
	}
	if query.Person != "" {
		if m, err := v.people.Member(v.r.Context(), v.actor, query.Person); err == nil {
			p.Whose = personOf(m.Profile)
		}
	}
	for _, e := range page.Entries {
		p.Rows = append(p.Rows, v.auditRow(e))
	}
	if page.Next != "" {
		p.Older = p.at(page.Next)
	}
	status := http.StatusOK
	if p.Wrong != "" {
		status = http.StatusBadRequest
	}
	return v.show(status, "app", "audit", "audit", p)
}

// First is the address of the same list from its beginning.
func (p auditPage) First() string { return p.at("") }

// Everybody is the address of the same list, whoever it was done to.
func (p auditPage) Everybody() string {
	p.Person = ""
	return p.at("")
}

func (p auditPage) at(before string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": p.Who, "action": p.Action, "person": p.Person, "from": p.From, "to": p.To, "before": before} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/audit"
	}
	return "/audit?" + q.Encode()
}

// action says in words what was done.
func (v *visit) action(name string) string { return v.or("audit.action.", name) }

func (v *visit) actorName(e access.AuditEntry) string {
	switch {
	case e.Via == access.ViaOperator:
		return v.text.Say("audit.by-operator")
	case e.UserName != "":
		return e.UserName
	case e.User == "":
		return v.text.Say("audit.by-itself")
	default:
		return v.text.Say("audit.gone")
	}
}

func (v *visit) auditRow(e access.AuditEntry) auditRow {
	r := auditRow{When: v.here(e.At), Who: v.actorName(e), Via: v.or("audit.via.", e.Via), Address: e.Address, Token: e.Token, What: v.action(e.Action)}
	switch e.Action {
	case refusedOrder:
		r.What, r.Subject, r.To = v.refusedOrderWords(e)
	case redate:
		r.What, r.Subject, r.To = v.redateWords(e)
	}
	if e.Person != "" {
		r.Person = named(string(e.Person), e.PersonName, e.PersonNumber, "")
		return r
	}
	if e.Action != refusedOrder && e.Action != redate {
		r.Subject, r.To = v.auditSubject(e)
	}
	return r
}

// auditSubject names what something was done to, where that is nobody: in words
// that say more than an id, and with the way there.
func (v *visit) auditSubject(e access.AuditEntry) (words, to string) {
	if e.Action == "set-licence" {
		return v.licenceWords(e.Subject), ""
	}
	if _, err := attendance.ParseID[string](e.Subject); err != nil {
		if len(e.Subject) == 64 { // a token's id
			return e.Subject[:8], ""
		}
		return e.Subject, ""
	}
	switch e.Action {
	case "ask", "undo-batch":
		return v.text.Say("audit.open.batch"), "/invitations/batches/" + e.Subject
	case "add-user", "change-user", "issue-password-link":
		return v.text.Say("audit.open.user"), "/users/" + e.Subject
	case "add-site", "change-site":
		return v.text.Say("audit.open.site"), "/sites/" + e.Subject
	case "approve-tablet", "rename-tablet", "lock-tablet", "unlock-tablet", "revoke-tablet", "import":
		return v.text.Say("audit.open.tablet"), "/devices/" + e.Subject
	default:
		return "", ""
	}
}
