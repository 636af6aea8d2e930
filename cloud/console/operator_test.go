package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// operator is a browser in which somebody who runs the cloud is signed in, by the
// link that the command line gave them.
func (w *world) operator(email string) *browser {
	w.t.Helper()
	secret := must(w.store.AddOperator(w.t.Context(), email, "Olga Operator"))(w.t)
	b := w.browser()
	b.get("/operator/password?token="+secret).shows(w.t, http.StatusOK, email)
	b.post("/operator/password", url.Values{"token": {secret}, "password": {"weak"}}).shows(w.t, http.StatusUnprocessableEntity)
	b.post("/operator/password", url.Values{"token": {secret}, "password": {password}}).leadsTo(w.t, "/operator")
	if a := w.browser().get("/operator/password?token=" + secret); a.StatusCode != http.StatusGone || !strings.Contains(a.body, "operator reset-password") || !strings.Contains(a.body, `href="/operator"`) {
		w.t.Errorf("the link works twice: %s", a.Status)
	}
	return b
}

// Whoever runs the cloud reaches no page of an organisation, and no administrator
// of an organisation a page of theirs; not even with the same address and password.
func TestOperatorsAndOrganisationsAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Annabella", "Bergmann", w.north.ID)
	b := w.operator(w.admin.Email)
	for _, page := range []string{"/", "/employees", "/punches", "/invitations", "/users", "/audit", "/membership", "/devices", "/sites", "/export/employees.csv", "/invitations/mailbox"} {
		if a := b.get(page); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login") || strings.Contains(a.body, "Annabella") {
			t.Errorf("an operator at %s: %s", page, a.Status)
		}
	}
	admin := w.as(w.admin.Email)
	at := "/operator/organisations/" + string(w.admin.Org)
	for _, page := range []string{"/operator", "/operator/new", at} {
		for who, x := range map[string]*browser{"an administrator": admin, "a stranger": w.browser()} {
			if a := x.get(page); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/operator/login" {
				t.Errorf("%s at %s: %s", who, page, a.Status)
			}
		}
	}
	given := url.Values{"type": {"trial"}, "seats": {"1"}}
	for _, to := range []string{at + "/review", at + "/licence", "/operator/new"} {
		admin.post(to, given).leadsTo(t, "/operator/login")
	}
	if a := must(w.store.Access(t.Context(), w.admin.Actor()))(t); a.Licence.Type != invite.Enterprise {
		t.Errorf("an administrator gave a licence: %+v", a.Licence)
	}
	// A session of one kind in the other's cookie is none.
	home := must(url.Parse(w.server.URL))(t)
	swapped := w.browser()
	for _, c := range append(admin.http.Jar.Cookies(home), b.http.Jar.Cookies(home)...) {
		other := map[string]string{"muster": "muster-operator", "muster-operator": "muster"}[c.Name]
		if other != "" {
			swapped.http.Jar.SetCookies(home, []*http.Cookie{{Name: other, Value: c.Value, Path: "/"}})
		}
	}
	swapped.get("/operator").leadsTo(t, "/operator/login")
	swapped.get("/employees").leadsTo(t, "/login?next=%2Femployees")
}

// The list, its search and its pages; what a licence would change is said before it
// changes; and the organisation sees who changed it.
func TestOperatorGivesALicence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tablet(w.north.ID, "Gate")
	for _, last := range []string{"A", "B", "C"} {
		w.person("Annabella", last, w.north.ID)
	}
	if err := w.store.SetWay(t.Context(), w.admin.Actor(), invite.ByKey, true); err != nil {
		t.Fatal(err)
	}
	b := w.operator("olga@cloud.example")
	a := b.get("/operator")
	a.shows(t, http.StatusOK, "1 organisation", "Acme Logistics", "None: everything allowed", "3 taken, no limit")
	if strings.Contains(a.body, "Annabella") || strings.Contains(a.body, w.admin.Email) {
		t.Error("people are shown")
	}
	at := "/operator/organisations/" + string(w.admin.Org)
	until := w.now().UTC().AddDate(0, 0, 20).Format(time.DateOnly)
	form := url.Values{"type": {"trial"}, "seats": {"2"}, "until": {until}}
	b.post(at+"/review", form).shows(t, http.StatusOK, "becomes “Trial”", "any number become 2; 3 are taken", "1 person more has a seat", "Directory unit", "Every member stays", "in their audit log")
	if l := must(w.store.Access(t.Context(), w.admin.Actor()))(t).Licence; l.Seats != 0 {
		t.Fatal("the review changed something")
	}
	b.post(at+"/licence", form).leadsTo(t, at)
	b.get(at).shows(t, http.StatusOK, "The licence is changed", "3 of 2 taken", "Olga Operator", "Trial, seats: 2, until: ")
	b.post(at+"/review", form).shows(t, http.StatusOK, "Nothing would change")
	admin := w.as(w.admin.Email)
	admin.get("/membership").shows(t, http.StatusOK, "Trial", "All 2 seats are taken")
	admin.get("/audit").shows(t, http.StatusOK, "Whoever runs the cloud", "Licence set", "Trial, seats: 2")
	if a := admin.get("/audit"); strings.Contains(a.body, "Olga") || strings.Contains(a.body, "olga@") {
		t.Error("the organisation is told the operator's name")
	}
	for field, bad := range map[string][]string{"type": {"gold", ""}, "seats": {"-1", "many", "99999999"}, "until": {"soon", "1999-01-01"}} {
		for _, value := range bad {
			wrong := url.Values{"type": {"team"}, field: {value}}
			b.post(at+"/review", wrong).shows(t, http.StatusUnprocessableEntity, `id="w-`+field+`"`)
			b.post(at+"/licence", wrong).shows(t, http.StatusUnprocessableEntity, `id="w-`+field+`"`)
		}
	}
	b.get("/operator/organisations/"+string(w.admin.ID)).shows(t, http.StatusNotFound)
	b.get("/operator/organisations/x").shows(t, http.StatusNotFound)
	for i := range 60 {
		must2(w.store.AddOrganisation(t.Context(), fmt.Sprintf("Ärzte %03d", i), access.User{Email: fmt.Sprintf("a%d@b.example", i), Name: "A"}))(t)
	}
	first := b.get("/operator?q=arzte")
	first.shows(t, http.StatusOK, "60 organisations", "Ärzte 000", "Ärzte 049")
	next := regexp.MustCompile(`href="(/operator\?after=[^"]+)" rel="next"`).FindStringSubmatch(first.body)
	if next == nil || strings.Contains(first.body, "Ärzte 050") {
		t.Fatal("the page is not cut")
	}
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	second.shows(t, http.StatusOK, "Ärzte 050", "Ärzte 059")
	if strings.Contains(second.body, "Ärzte 049") || strings.Contains(second.body, "Acme") {
		t.Error("the next page begins too early, or forgets the search")
	}
	b.get("/operator?after=rubbish").shows(t, http.StatusBadRequest)
	b.get("/operator?q=nobody").shows(t, http.StatusOK, "No organisation is called that")
}

func must2[A, B any](_ A, _ B, err error) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// An organisation is made with its administrator, who comes in by a link that is
// shown once; nothing is made where something is wrong.
func TestOperatorMakesAnOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operator("olga@cloud.example")
	b.get("/operator/new").shows(t, http.StatusOK, `value="25"`)
	form := url.Values{"organisation": {"Beta GmbH"}, "name": {"Bea Beta"}, "email": {"bea@beta.example"}, "type": {"team"}, "seats": {"50"}}
	taken := url.Values{"organisation": {"Gamma"}, "name": {"G"}, "email": {w.admin.Email}, "type": {"team"}}
	b.post("/operator/new", taken).shows(t, http.StatusUnprocessableEntity, `id="w-email"`)
	b.post("/operator/new", url.Values{"type": {"team"}}).shows(t, http.StatusUnprocessableEntity, `id="w-organisation"`)
	a := b.post("/operator/new", form)
	a.shows(t, http.StatusCreated, "Beta GmbH is made", "bea@beta.example")
	link := regexp.MustCompile(`/password\?token=[A-Za-z0-9_-]+`).FindString(a.body)
	bea := w.browser()
	bea.post("/password", url.Values{"token": {strings.TrimPrefix(link, "/password?token=")}, "password": {password}}).leadsTo(t, "/")
	bea.get("/membership").shows(t, http.StatusOK, "Team", "0 of 50 taken")
	bea.get("/audit").shows(t, http.StatusOK, "Organisation made", "Whoever runs the cloud")
	if a := b.get("/operator?q=gamma"); strings.Contains(a.body, "Gamma") && !strings.Contains(a.body, "No organisation") {
		t.Error("half an organisation was made")
	}
}

// Wrong passwords lock the address; who is removed, or has chosen another password,
// is out at once.
func TestOperatorIsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operator("olga@cloud.example")
	in := url.Values{"email": {"olga@cloud.example"}, "password": {password}}
	other := w.browser()
	other.post("/operator/login", in).leadsTo(t, "/operator")
	other.post("/operator/logout", nil).leadsTo(t, "/operator/login")
	other.get("/operator").leadsTo(t, "/operator/login")
	for range 5 {
		other.post("/operator/login", url.Values{"email": {"olga@cloud.example"}, "password": {"wrong"}})
	}
	other.post("/operator/login", in).shows(t, http.StatusTooManyRequests)
	w.as(w.admin.Email).post("/operator/login", url.Values{"email": {w.admin.Email}, "password": {password}}).shows(t, http.StatusForbidden)
	w.ahead.Add(int64(6 * time.Minute))
	secret := must(w.store.AddOperator(t.Context(), "olga@cloud.example", ""))(t)
	b.get("/operator").shows(t, http.StatusOK, "Olga Operator")
	must(w.store.ChooseOperatorPassword(t.Context(), secret, "another horse battery"))(t)
	b.get("/operator").leadsTo(t, "/operator/login")
	b.post("/operator/login", url.Values{"email": {"olga@cloud.example"}, "password": {"another horse battery"}}).leadsTo(t, "/operator")
	if err := w.store.RemoveOperator(t.Context(), "Olga@cloud.example"); err != nil {
		t.Fatal(err)
	}
	b.get("/operator").leadsTo(t, "/operator/login")
	if err := w.store.GiveLicence(t.Context(), access.Operator{ID: "x"}, w.admin.Org, invite.Licence{Type: invite.Team}); err == nil {
		t.Error("nobody gave a licence")
	}
}
