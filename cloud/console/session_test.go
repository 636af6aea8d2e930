package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/access"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.get("/employees?q=x").leadsTo(t, "/login?next="+url.QueryEscape("/employees?q=x"))
	b.post("/login", url.Values{"email": {"ada@acme.example"}, "password": {"wrong password here"}}).
		shows(t, http.StatusForbidden, "Email and password don&#39;t belong together", `value="ada@acme.example"`)
	a := b.post("/login", url.Values{"email": {"ADA@acme.example "}, "password": {password}, "next": {"/employees?q=x"}})
	a.leadsTo(t, "/employees?q=x")
	cookie := a.Header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("session cookie %q", cookie)
	}
	b.get("/employees").shows(t, http.StatusOK, "Ada Admin")
	b.get("/login").leadsTo(t, "/")
	b.post("/logout", nil).leadsTo(t, "/login")
	b.get("/employees").leadsTo(t, "/login?next=%2Femployees")
}

// A token that somebody planted before the sign-in must be worth nothing after it.
func TestSessionTokenIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ada@acme.example")
	at := must(url.Parse(w.server.URL))(t)
	before := b.http.Jar.Cookies(at)[0].Value
	b.post("/login", url.Values{"email": {"ada@acme.example"}, "password": {password}}).leadsTo(t, "/")
	if after := b.http.Jar.Cookies(at)[0].Value; after == before {
		t.Fatal("the token is the same after signing in")
	}
	old := w.browser()
	old.http.Jar.SetCookies(at, []*http.Cookie{{Name: "muster", Value: before}})
	old.get("/").leadsTo(t, "/login")
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "employees", "/\t/evil.example"} {
		w.browser().post("/login", url.Values{"email": {"ada@acme.example"}, "password": {password}, "next": {next}}).leadsTo(t, "/")
	}
}

func TestOtherSitesCantPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ada@acme.example")
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
	} {
		r := b.request(http.MethodPost, "/sites/new", strings.NewReader(url.Values{"name": {"Evil"}, "time_zone": {"UTC"}, "language": {"en"}}.Encode()))
		r.Header = header.Clone()
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.do(r).shows(t, http.StatusForbidden, "This form came from somewhere else")
	}
	if a := b.get("/sites"); strings.Contains(a.body, "Evil") {
		t.Error("another site has added a site")
	}
}

func TestDisabledUserIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user(access.Viewer, "vera@acme.example", w.north.ID)
	b := w.as("vera@acme.example")
	b.get("/").shows(t, http.StatusOK)
	u.Disabled = true
	if err := w.store.ChangeUser(t.Context(), w.admin.Actor(), u); err != nil {
		t.Fatal(err)
	}
	b.get("/").leadsTo(t, "/login")
	u.Disabled = false
	if err := w.store.ChangeUser(t.Context(), w.admin.Actor(), u); err != nil {
		t.Fatal(err)
	}
	b.get("/").leadsTo(t, "/login") // the session is gone for good
}

func TestNewPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.as("ada@acme.example"), w.as("ada@acme.example")
	const better = "an entirely new one"
	here.post("/account/password", url.Values{"current": {"not this one"}, "password": {better}}).
		shows(t, http.StatusUnprocessableEntity, "That isn&#39;t your present password.")
	here.post("/account/password", url.Values{"current": {password}, "password": {"short"}}).
		shows(t, http.StatusUnprocessableEntity, "at least 12 characters")
	here.post("/account/password", url.Values{"current": {password}, "password": {better}}).leadsTo(t, "/account")
	here.get("/account").shows(t, http.StatusOK, "Your password is changed.")
	there.get("/account").leadsTo(t, "/login?next=%2Faccount")
}

func TestIdleSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ada@acme.example")
	w.ahead.Add(int64(11 * time.Hour))
	if a := b.get("/"); a.StatusCode != http.StatusOK || a.Header.Get("Set-Cookie") == "" {
		t.Errorf("a visit doesn't renew the session: %s", a.Status)
	}
	// A page that refreshes itself doesn't keep the session alive.
	r := b.request(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Muster-Refresh", "1")
	if a := b.do(r); a.StatusCode != http.StatusOK || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("a refresh: %s, renews the session: %q", a.Status, a.Header.Get("Set-Cookie"))
	}
	w.ahead.Add(int64(2 * time.Hour)) // by the clock of the session library no time has passed
	b.get("/").leadsTo(t, "/login")
}

func TestTooManyAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	wrong := url.Values{"email": {"ada@acme.example"}, "password": {"wrong password here"}}
	for range 5 {
		b.post("/login", wrong).shows(t, http.StatusForbidden)
	}
	b.post("/login", wrong).shows(t, http.StatusTooManyRequests, "wait five minutes")
	for i := range 14 { // other accounts, the same address
		b.post("/login", url.Values{"email": {at("nobody%d@acme.example", i)}, "password": {"wrong password here"}}).shows(t, http.StatusForbidden)
	}
	a := b.post("/login", url.Values{"email": {"somebody@acme.example"}, "password": {"wrong password here"}})
	a.shows(t, http.StatusTooManyRequests, "Too many attempts from your address")
	w.ahead.Add(int64(6 * time.Minute))
	b.post("/login", url.Values{"email": {"ada@acme.example"}, "password": {password}}).leadsTo(t, "/")
}

func TestFirstStart(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	b := w.browser()
	b.get("/").leadsTo(t, "/setup")
	b.get("/login").leadsTo(t, "/setup")
	secret := must(w.store.IssueSetup(t.Context()))(t)
	b.get("/setup?token="+secret).shows(t, http.StatusOK, "Welcome to Muster", secret)
	form := url.Values{"token": {secret}, "organisation": {"Acme"}, "name": {"Ada"}, "email": {"ada@acme.example"}, "password": {"short"}}
	b.post("/setup", form).shows(t, http.StatusUnprocessableEntity, "at least 12 characters", `value="Acme"`, secret)
	form.Set("password", "acme")
	form.Set("email", "no address")
	b.post("/setup", form).shows(t, http.StatusUnprocessableEntity)
	form.Set("password", password)
	form.Set("email", "ada@acme.example")
	form.Set("token", "guessed")
	b.post("/setup", form).shows(t, http.StatusUnprocessableEntity, "This set-up code isn&#39;t valid")
	form.Set("token", secret)
	b.post("/setup", form).leadsTo(t, "/")
	b.get("/").shows(t, http.StatusOK, "Acme", "Add your first site", "Everything is ready")
	b.get("/setup?token="+secret).leadsTo(t, "/")
	w.browser().post("/setup", form).shows(t, http.StatusUnprocessableEntity, "has expired")
}

// Mail scanners open links: opening must not use one up.
func TestPasswordLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.as("ada@acme.example")
	a := admin.post("/users/new", url.Values{"email": {"vera@acme.example"}, "name": {"Vera"}, "role": {"viewer"}, "sites": {string(w.north.ID)}})
	a.shows(t, http.StatusOK, w.server.URL+"/password?token=", "shown only now")
	_, rest, _ := strings.Cut(a.body, w.server.URL)
	link, _, _ := strings.Cut(rest, `"`)
	for range 3 {
		w.browser().get(link).shows(t, http.StatusOK, "vera@acme.example")
	}
	_, token, _ := strings.Cut(link, "token=")
	b := w.browser()
	b.post("/password", url.Values{"token": {token}, "password": {"vera@acme.example"}}).shows(t, http.StatusUnprocessableEntity, "too easy to guess")
	b.post("/password", url.Values{"token": {token}, "password": {password}}).leadsTo(t, "/")
	b.get("/").shows(t, http.StatusOK, "Vera")
	w.browser().get(link).shows(t, http.StatusGone, "This link is no longer good")
	w.browser().post("/password", url.Values{"token": {token}, "password": {password}}).shows(t, http.StatusGone)
}

func TestLanguageOfAVisitor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for accept, want := range map[string]string{"de-AT,de;q=0.9": "Anmelden", "ru": "Вход", "fr,en;q=0.5": "Sign in", "": "Sign in", "???": "Sign in"} {
		r := b.request(http.MethodGet, "/login", http.NoBody)
		r.Header.Set("Accept-Language", accept)
		b.do(r).shows(t, http.StatusOK, "<h1>"+want)
	}
	b.get("/login?next=%2Fsites&language=ru").leadsTo(t, "/login?next=%2Fsites")
	b.get("/login").shows(t, http.StatusOK, "<h1>Вход")
}

// A session belongs to the password that opened it, whatever the clocks of several
// clouds say: with another password it is over.
func TestSessionEndsWithItsPasswordThoughClocksDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ahead.Add(int64(time.Hour)) // of the cloud where it is opened
	b := w.as("ada@acme.example")
	b.get("/").shows(t, http.StatusOK)
	w.ahead.Add(-int64(time.Hour))
	link := must(w.store.ResetPassword(t.Context(), "ada@acme.example"))(t)
	must(w.store.ChoosePassword(t.Context(), link, "violet kettle sings"))(t)
	b.get("/").leadsTo(t, "/login")
}
