package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/invite"
)

// K13 to K16, K18: no address and no number. The Muster ID and the code on paper
// let the person in once; a password of their own must be chosen; that activates.
func TestK13K15K16K18CodeOnPaper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.person("Ben", "Kohl", "")
	code := must(w.store.HandOut(t.Context(), w.admin.Actor(), p.ID))(t).Code
	b := w.browser()
	b.get("/my").leadsTo(t, "/my/login")
	b.get("/my/login").shows(t, http.StatusOK, "Muster ID or email", "with or without hyphens", `autocomplete="username"`, `autocomplete="current-password"`)
	typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", " "))
	b.post("/my/login", url.Values{"name": {strings.ToLower(p.Number)}, "password": {typed}}).leadsTo(t, "/my")
	b.get("/my").leadsTo(t, "/my/start/password")
	b.get("/my/punches").leadsTo(t, "/my/start/password")
	b.get("/my/start/password").shows(t, http.StatusOK, "choose a password of your own", `autocomplete="new-password"`, `value="`+p.Number+`"`)
	b.post("/my/start/password", url.Values{"password": {"short"}}).shows(t, http.StatusUnprocessableEntity, "at least 12 characters")
	b.post("/my/start/password", url.Values{"password": {"benkohl12345"}}).shows(t, http.StatusUnprocessableEntity, "guessed soon")
	if s := w.state(p); s.Account != invite.Claiming {
		t.Fatalf("%+v", s)
	}
	b.post("/my/start/password", url.Values{"password": {password}}).leadsTo(t, "/my/start")
	if s := w.state(p); s.Account != invite.Active {
		t.Fatalf("%+v", s)
	}
	b.get("/my").shows(t, http.StatusOK, "Hello Ben", "Neither an email address nor a phone number")
	w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {code}}).shows(t, http.StatusForbidden, "match")
	w.as(p.Number, password)
}

// K17: the standard is stated before, and said of what is typed; nothing is kept
// by that.
func TestK17TheStandardIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	b := w.browser()
	page := b.get(here).shows(t, http.StatusOK, "At least 12 characters", "Hard to guess", `autocomplete="new-password"`, here+"/check")
	check := func(password string) answer {
		t.Helper()
		return b.post(here+"/check", url.Values{"token": {page.token(t)}, "password": {password}}).shows(t, http.StatusOK, `id="standard"`)
	}
	check("Sommer").shows(t, http.StatusOK, "Guessed at once")
	check("qwertzuiopasdf").shows(t, http.StatusOK, "A few unusual words")
	check("Anna Bergmann").shows(t, http.StatusOK, "it is your name")
	check("x7Gf9!kq2").shows(t, http.StatusOK, "A few unusual words")
	check(password).shows(t, http.StatusOK, "This password is good.")
	if s := w.state(p); s.Account != invite.Invited {
		t.Errorf("%+v", s)
	}
	if a := b.post(here+"/check", url.Values{"password": {password}}); a.StatusCode != http.StatusNoContent {
		t.Errorf("judged for anybody: %s", a.Status)
	}
	if strings.Contains(w.log.String(), password) {
		t.Error("a password was logged")
	}
}

// Wrong passwords lock a name; the page says until when.
func TestK15LockSaysUntilWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	b := w.browser()
	b.http.Jar.SetCookies(must(url.Parse(w.server.URL))(t), []*http.Cookie{{Name: "zone", Value: "Europe%2FBerlin"}})
	for range 5 {
		b.post("/my/login", url.Values{"name": {p.Number}, "password": {"a wrong one, no doubt"}}).shows(t, http.StatusForbidden, "match", `value="`+p.Number+`"`)
	}
	berlin := must(time.LoadLocation("Europe/Berlin"))(t)
	until := w.now().Add(5 * time.Minute).In(berlin)
	a := b.post("/my/login", url.Values{"name": {p.Number}, "password": {password}})
	if a.StatusCode != http.StatusTooManyRequests || !strings.Contains(a.body, "at "+until.Format("15:04")) && !strings.Contains(a.body, "at "+until.Add(-time.Minute).Format("15:04")) {
		t.Errorf("%s, want until %s\n%s", a.Status, until, a.body)
	}
	// Of a browser that hasn't told its zone nobody knows by which clock its reader lives.
	w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {password}}).shows(t, http.StatusTooManyRequests, "(UTC time)")
	w.ahead.Add(int64(6 * time.Minute))
	w.as("ANNA@example.com", password)
}

// A session ends everywhere when the password changes, and when somebody ends the
// account; a code for a forgotten password leaves the account active.
func TestK15SessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	admin := w.admin.Actor()
	phone, desk := w.as(p.Number, password), w.as("anna@example.com", password)
	next := "violet kettle sings"
	phone.post("/my/password", url.Values{"current": {"not this one at all"}, "password": {next}}).shows(t, http.StatusUnprocessableEntity, "present password")
	phone.post("/my/password", url.Values{"current": {password}, "password": {"anna"}}).shows(t, http.StatusUnprocessableEntity, "too short")
	phone.post("/my/password", url.Values{"current": {password}, "password": {next}}).leadsTo(t, "/my/more")
	phone.get("/my/more").shows(t, http.StatusOK, "Your password is changed.")
	desk.get("/my").leadsTo(t, "/my/login")
	desk.get("/my/cards").leadsTo(t, "/my/login?next=%2Fmy%2Fcards")

	desk = w.as(p.Number, next)
	code := must(w.store.ResetAccess(t.Context(), admin, p.ID))(t).Code
	if s := w.state(p); s.Account != invite.Active {
		t.Fatalf("%+v", s)
	}
	desk.get("/my").leadsTo(t, "/my/login")
	phone.get("/my").leadsTo(t, "/my/login")
	w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {next}}).shows(t, http.StatusForbidden)
	phone = w.as(p.Number, code)
	phone.get("/my").leadsTo(t, "/my/start/password")
	phone.get("/my/start/password").shows(t, http.StatusOK, "choose a new password")
	phone.post("/my/start/password", url.Values{"password": {password}}).leadsTo(t, "/my/start")
	phone.get("/my").shows(t, http.StatusOK, "Hello Anna")
	phone.get("/my/invitations").shows(t, http.StatusOK, "Code for a new password", "by hand")

	if err := w.store.DeactivateAccount(t.Context(), admin, p.ID); err != nil {
		t.Fatal(err)
	}
	phone.get("/my").leadsTo(t, "/my/login")
	w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {password}}).shows(t, http.StatusForbidden)
	if err := w.store.ReactivateAccount(t.Context(), admin, p.ID); err != nil {
		t.Fatal(err)
	}
	in := must(w.store.ClaimLinkWith(t.Context(), w.invited(p), password))(t)
	if !in.Steps.Done() {
		t.Fatalf("%+v", in)
	}
	phone.get("/my").leadsTo(t, "/my/login") // the session of before doesn't come back
}

// An invitation that is taken back while somebody is in the middle of the steps
// throws them out.
func TestK15RevokedInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	b := w.browser()
	b.post(here, url.Values{"token": {b.get(here).token(t)}, "password": {password}}).leadsTo(t, "/my/start")
	b.get("/my/start").leadsTo(t, "/my/start/details")
	if err := w.store.RevokeInvitation(t.Context(), w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	b.post("/my/start/details", url.Values{"language": {"en"}}).leadsTo(t, "/my/login")
	w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {password}}).shows(t, http.StatusForbidden)
}

// The console's session opens nothing here, and the other way round; a link leads
// back only to pages of the portal.
func TestK15SessionsAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	desk := w.browser()
	if a := desk.post("/login", url.Values{"email": {w.admin.Email}, "password": {password}}); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	desk.get("/my").leadsTo(t, "/my/login")
	b := w.as(p.Number, password)
	if a := b.get("/employees"); a.StatusCode == http.StatusOK {
		t.Error("an employee sees the console")
	}
	for next, want := range map[string]string{
		"/my/cards": "/my/cards", "//evil.example/my": "/my", "https://evil.example/my": "/my", "/employees": "/my", "/myopic": "/my", "/my/../employees": "/my", "/my\\@evil": "/my",
	} {
		w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {password}, "next": {next}}).leadsTo(t, want)
	}
	b.post("/my/logout", nil).leadsTo(t, "/my/login")
	b.get("/my").leadsTo(t, "/my/login")
	w.browser().get("/my/forgotten").shows(t, http.StatusOK, "new access code")
	w.browser().get("/my/nothing-here").shows(t, http.StatusNotFound)
}
