package portal_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// namesakes makes organisations in each of which somebody has the same Muster ID
// and a code on paper.
func (w *world) namesakes(number string, n int) []invite.AccessCode {
	w.t.Helper()
	ctx := w.t.Context()
	var all []invite.AccessCode
	for i := range n {
		u, _, err := w.store.AddOrganisation(ctx, fmt.Sprintf("Firm & Sons %d", i), access.User{Email: fmt.Sprintf("admin@firm%d.example", i), Name: "Admin", Role: access.OrgAdmin})
		if err != nil {
			w.t.Fatal(err)
		}
		site := must(w.store.AddSite(ctx, u.Actor(), attendance.Site{Name: "Site", TimeZone: "UTC", Language: "en"}))(w.t)
		p := must(w.store.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Ben", LastName: "Kohl", Number: number}, []attendance.SiteID{site.ID}))(w.t)
		all = append(all, must(w.store.HandOut(ctx, u.Actor(), p.ID))(w.t))
	}
	return all
}

// typed is what the sign-in form sends that a browser was shown.
func typed(t *testing.T, a answer, name, password string) url.Values {
	t.Helper()
	v := url.Values{"name": {name}, "password": {password}}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`).FindAllStringSubmatch(a.body, -1) {
		v.Set(field[1], html.UnescapeString(field[2]))
	}
	return v
}

const unclear = "Open the link on your letter, or type your email address."

// Seven people of seven organisations have one Muster ID: each gets in by the
// address on their letter, and the browser remembers where they belong.
func TestK15TheAddressOnTheLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.namesakes("1000", 7)
	last := all[6]
	// Without it the page says what to do, and says the same of a number that nobody has.
	b := w.browser()
	for _, name := range []string{"1000", "nobody-has-this"} {
		a := b.post("/my/login", typed(t, b.get("/my/login"), name, last.Code))
		a.shows(t, http.StatusForbidden, "match", unclear)
	}
	if a := b.post("/my/login", url.Values{"name": {"nobody@example.com"}, "password": {"x"}}); strings.Contains(a.body, unclear) {
		t.Error("an address is clear")
	}
	for _, c := range all {
		b := w.browser()
		page := b.get(invite.SignInAt("/my/login", c.At)).shows(t, http.StatusOK, "Another organisation?", "Firm & Sons")
		b.post("/my/login", typed(t, page, "1000", c.Code)).leadsTo(t, "/my")
	}
}

// The organisation is remembered, holds for email addresses too, and is forgotten
// when somebody says so; a key that nobody has is none.
func TestK15TheOrganisationIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	w.active("Anna", "Bergmann", "anna@example.com")
	at := w.namesakes("1000", 1)[0]
	b := w.browser()
	b.get("/my/login?at="+at.At+"&next=%2Fmy%2Fcards").shows(t, http.StatusOK, "Firm & Sons 0", "/my/login?at=&next=%2Fmy%2Fcards")
	page := b.get("/my/login").shows(t, http.StatusOK, "Firm & Sons 0")
	a := b.post("/my/login", typed(t, page, "anna@example.com", password))
	a.shows(t, http.StatusForbidden, "match", "Firm & Sons 0", "Another organisation?")
	if strings.Contains(a.body, unclear) {
		t.Error("the organisation is known")
	}
	b.get("/my/login?at=nosuchkey&language=de").leadsTo(t, "/my/login?at=nosuchkey")
	page = b.get("/my/login?at=")
	if page.StatusCode != http.StatusOK || strings.Contains(page.body, "Firm") {
		t.Errorf("%s\n%s", page.Status, page.body)
	}
	page = b.get("/my/login")
	if strings.Contains(page.body, "Firm") {
		t.Error("not forgotten")
	}
	b.post("/my/login", typed(t, page, "anna@example.com", password)).leadsTo(t, "/my")

	if a := w.browser().get("/my/login?at=nosuchkey"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "Another organisation?") {
		t.Errorf("%s\n%s", a.Status, a.body)
	}
	for _, c := range w.browser().get("/my/login?at=" + at.At).Cookies() {
		if strings.HasSuffix(c.Name, "muster-at") && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0) {
			t.Errorf("%+v", c)
		}
	}
}

// Who came by a link signs in at that organisation the next time, and the page of
// a link that was used leads there.
func TestK15AfterTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	b := w.browser()
	b.post(here, url.Values{"token": {b.get(here).token(t)}, "password": {password}}).leadsTo(t, "/my/start")
	b.post("/my/logout", nil).leadsTo(t, "/my/login")
	b.get("/my/login").shows(t, http.StatusOK, "Acme Logistics", "Another organisation?")
	w.browser().get(here).shows(t, http.StatusGone, "/my/login?at=")
}
