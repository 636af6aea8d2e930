package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

const tenantsPerPage = 50

type tenantsPage struct {
	Text  string
	Rows  []tenantRow
	Total int
	Next  string // address of the page after; empty: this is the last
	Later bool   // this isn't the first page
}

// tenantRow is an organisation by name and numbers.
type tenantRow struct {
	ID, Name string
	Type     string // empty: no licence was given
	Seats    int    // 0: any number
	Taken    int
	Expires  *moment // nil: never
	Tablets  int
	Seen     *moment // nil: never
	Notes    []licenceNote
}

func (v *visit) tenantRow(t invite.Tenant) tenantRow {
	r := tenantRow{ID: string(t.ID), Name: t.Name, Seats: t.Licence.Seats, Taken: t.Taken, Tablets: t.Tablets}
	if t.Given {
		r.Type, r.Notes = string(t.Licence.Type), v.notesOf(t.Licence, t.Taken)
	}
	if !t.SetBack.IsZero() {
		r.Notes = append(r.Notes, v.setBackNote(t.SetBack))
	}
	if !t.Licence.Expires.IsZero() {
		r.Expires = v.at(t.Licence.Expires, time.UTC)
	}
	if !t.Seen.IsZero() {
		r.Seen = v.here(t.Seen)
	}
	return r
}

func (v *visit) tenants() error {
	q := v.r.URL.Query()
	query := invite.TenantQuery{Text: q.Get("q"), After: q.Get("after"), Limit: tenantsPerPage}
	page, err := v.operators.Tenants(v.r.Context(), v.op, query)
	if err != nil && !isInvalid(err, "text") {
		return err
	}
	p := tenantsPage{Text: query.Text, Total: page.Total, Later: query.After != ""}
	for _, t := range page.Tenants {
		p.Rows = append(p.Rows, v.tenantRow(t))
	}
	if page.Next != "" {
		next := url.Values{"after": {page.Next}}
		if query.Text != "" {
			next.Set("q", query.Text)
		}
		p.Next = "/operator?" + next.Encode()
	}
	return v.show(http.StatusOK, "operator", "tenants", "tenants", p)
}

type tenantPage struct {
	*form
	Tenant  tenantRow
	Created *moment
	Types   []string
	Log     []auditRow
}

func (p tenantPage) title(*language) string { return p.Tenant.Name }

func licenceTypes() (all []string) {
	for _, l := range invite.LicenceTypes {
		all = append(all, string(l))
	}
	return all
}

func (v *visit) findTenant() (invite.Tenant, error) {
	id, err := attendance.ParseID[attendance.OrgID](v.r.PathValue("id"))
	if err != nil {
		return invite.Tenant{}, access.ErrNotFound
	}
	return v.operators.Tenant(v.r.Context(), v.op, id)
}

func (v *visit) tenant() error {
	t, err := v.findTenant()
	if err != nil {
		return err
	}
	f := newForm()
	f.Set("type", string(t.Licence.Type))
	if t.Licence.Seats > 0 {
		f.Set("seats", strconv.Itoa(t.Licence.Seats))
	}
	if !t.Licence.Expires.IsZero() {
		f.Set("until", t.Licence.Expires.UTC().Format(time.DateOnly))
	}
	return v.showTenant(http.StatusOK, t, f)
}

func (v *visit) showTenant(status int, t invite.Tenant, f *form) error {
	p := tenantPage{form: f, Tenant: v.tenantRow(t), Created: v.here(t.Created), Types: licenceTypes()}
	log, err := v.operators.TenantLog(v.r.Context(), v.op, t.ID, 50)
	if err != nil {
		return err
	}
	for _, e := range log {
		r := auditRow{When: v.here(e.At), Who: e.UserName, What: v.action(e.Action), Address: e.Address}
		if r.Who == "" {
			r.Who = v.text.Say("operator.by-machine")
		}
		if e.Action == "set-licence" {
			r.Subject = v.licenceWords(e.Subject)
		}
		p.Log = append(p.Log, r)
	}
	return v.show(status, "operator", "tenant", "tenants", p)
}

// licenceOf reads a licence from a form.
func licenceOf(f *form) invite.Licence {
	l := invite.Licence{Type: invite.LicenceType(f.Get("type")), Expires: f.DayIn("until", time.UTC)}
	if l.Type.Fits(invite.ByAddress) == invite.NotAllowed {
		f.Reject("type", access.Unknown)
	}
	if text := f.Get("seats"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			f.Reject("seats", "not-a-count")
		}
		l.Seats = n
	}
	if y := l.Expires.Year(); !l.Expires.IsZero() && (y < 2000 || y > 9999) {
		f.Reject("until", access.OutOfRange)
	}
	return l
}

type licenceReview struct {
	*form
	Tenant  tenantRow
	Effects []string
	Same    bool
}

func (p licenceReview) title(l *language) string {
	return l.Say("title.tenant-review", "Name", p.Tenant.Name)
}

// reviewLicence says what another licence would change, and changes nothing.
func (v *visit) reviewLicence() error {
	t, err := v.findTenant()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	l := licenceOf(f)
	var plan invite.LicencePlan
	if !f.Bad() {
		plan, err = v.operators.PlanLicence(v.r.Context(), v.op, t.ID, l)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showTenant(http.StatusUnprocessableEntity, t, f)
	}
	return v.show(http.StatusOK, "operator", "tenant-review", "tenants", licenceReview{form: f, Tenant: v.tenantRow(t), Effects: v.effectsOf(plan), Same: plan.Same()})
}

// effectsOf says in sentences what a licence changes for whom.
func (v *visit) effectsOf(p invite.LicencePlan) (all []string) {
	say := func(key string, pairs ...any) { all = append(all, v.text.Say("operator.effect."+key, pairs...)) }
	kind := v.text.Say("operator.no-licence")
	if p.Given {
		kind = v.text.Say("membership.type." + string(p.From.Type))
	}
	if !p.Given || p.From.Type != p.To.Type {
		say("type", "From", kind, "To", v.text.Say("membership.type."+string(p.To.Type)))
	}
	if p.From.Seats != p.To.Seats {
		say("seats", "From", v.seatsWords(p.From.Seats), "To", v.seatsWords(p.To.Seats), "Taken", v.text.Number(p.Taken))
	}
	if !p.From.Expires.Equal(p.To.Expires) {
		say("until", "From", v.untilWords(p.From.Expires), "To", v.untilWords(p.To.Expires))
	}
	if n := p.Over(); n > 0 {
		all = append(all, v.text.Count("operator.effect.over", n))
	}
	if !p.To.Expires.IsZero() && !v.now().Before(p.To.Expires) {
		say("over-now")
	}
	if len(p.Closed) > 0 {
		say("closed", "Ways", v.wayNames(p.Closed))
	}
	if len(p.Opened) > 0 {
		say("opened", "Ways", v.wayNames(p.Opened))
	}
	say("stays")
	say("noted")
	return all
}

func (v *visit) seatsWords(n int) string {
	if n == 0 {
		return v.text.Say("operator.any-number")
	}
	return v.text.Number(n)
}

func (v *visit) untilWords(t time.Time) string {
	if t.IsZero() {
		return v.text.Say("membership.never")
	}
	return v.at(t, time.UTC).Date
}

func (v *visit) wayNames(ways []invite.Way) string {
	names := make([]string, len(ways))
	for i, w := range ways {
		names[i] = v.text.Say("membership.way." + string(w))
	}
	return strings.Join(names, ", ")
}

func (v *visit) giveLicence() error {
	t, err := v.findTenant()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	l := licenceOf(f)
	if !f.Bad() {
		if err := f.Take(v.operators.GiveLicence(v.r.Context(), v.op, t.ID, l)); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showTenant(http.StatusUnprocessableEntity, t, f)
	}
	v.desk.Put(v.r.Context(), keyFlash, "operator.given")
	v.goTo("/operator/organisations/" + string(t.ID))
	return nil
}

type newTenantPage struct {
	*form
	Types []string
	Name  string // of the organisation that was made; empty: none yet
	ID    string
	Email string // of its administrator
	Link  string // shown once
}

func (v *visit) newTenant() error {
	f := newForm()
	f.Set("type", string(invite.Trial))
	f.Set("seats", "25")
	f.Set("until", v.now().UTC().AddDate(0, 1, 0).Format(time.DateOnly))
	return v.show(http.StatusOK, "operator", "tenant-new", "tenants", newTenantPage{form: f, Types: licenceTypes()})
}

func (v *visit) addTenant() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := newTenantPage{form: f, Types: licenceTypes()}
	l := licenceOf(f)
	f.Require("organisation", "name", "email")
	if !f.Bad() {
		u, secret, err := v.operators.Found(v.r.Context(), v.op, f.Get("organisation"), access.User{Email: f.Get("email"), Name: f.Get("name"), Language: v.text.Tag}, l)
		if err := f.Take(err); err != nil {
			return err
		}
		p.Name, p.ID, p.Email, p.Link = f.Get("organisation"), string(u.Org), u.Email, v.linkOf(secret)
	}
	if f.Bad() {
		p.Name = ""
		return v.show(http.StatusUnprocessableEntity, "operator", "tenant-new", "tenants", p)
	}
	return v.show(http.StatusCreated, "operator", "tenant-new", "tenants", p)
}
