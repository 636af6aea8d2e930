package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/invite"
)

// code is the one that was mailed last, as whoever reads that mailbox finds it.
func (w *world) code(to string) string {
	w.t.Helper()
	found := ""
	for _, n := range must(w.store.TakeNotices(w.t.Context(), 20))(w.t) {
		if n.Kind == invite.ContactCode && n.To == to {
			found = n.Secret
		}
		if err := w.store.SettleNotice(w.t.Context(), n, time.Time{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return found
}

var changeID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// Somebody changes their own address: with the password, and by the code that is mailed
// to the new one. Whoever finds the phone unlocked gets nowhere.
func TestOwnAddressInThePortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	b := w.as("anna@example.com", password)
	b.get("/my/contact").leadsTo(t, "/my/details")
	if a := b.get("/my/details"); strings.Contains(a.body, `name="current"`) {
		t.Error("the password is asked for before anything changes")
	}
	typed := url.Values{"email": {"anna@new.example"}, "phone": {""}, "language": {"en"}}
	b.post("/my/details", typed).shows(t, http.StatusUnprocessableEntity, "present password", `name="current"`, `value="anna@new.example"`)
	typed.Set("current", "not the password")
	a := b.post("/my/details", typed).shows(t, http.StatusUnprocessableEntity, "That isn't your present password.", `name="current"`)
	if strings.Contains(a.body, "not the password") {
		t.Error("a password is on the page")
	}
	if code := w.code("anna@new.example"); code != "" {
		t.Error("a code was sent")
	}
	typed.Set("current", password)
	b.post("/my/details", typed).leadsTo(t, "/my/contact")
	page := b.get("/my/contact").shows(t, http.StatusOK, "A code is on its way", "anna@new.example", "Until then it is anna@example.com", `autocomplete="one-time-code"`)
	b.get("/my/details").shows(t, http.StatusOK, `value="anna@example.com"`, "anna@new.example waits for its code")
	b.get("/my/more").shows(t, http.StatusOK, "isn’t confirmed yet")
	id := changeID.FindStringSubmatch(page.body)[1]
	code := w.code("anna@new.example")
	b.post("/my/contact", url.Values{"id": {id}, "code": {""}}).shows(t, http.StatusUnprocessableEntity, "Please fill this in.")
	b.post("/my/contact", url.Values{"id": {id}, "code": {"12"}}).shows(t, http.StatusUnprocessableEntity, "This code isn’t right.")
	b.post("/my/contact/again", url.Values{"id": {id}}).shows(t, http.StatusTooManyRequests, "Too many tries.")
	mallory := w.active("Mallory", "Meyer", "mallory@example.com")
	m := w.as(mallory.Number, password)
	for _, path := range []string{"/my/contact", "/my/contact/again", "/my/contact/cancel"} {
		m.post(path, url.Values{"id": {id}, "code": {code}}).shows(t, http.StatusNotFound)
	}
	b.head.Set("Sec-Fetch-Site", "cross-site")
	if a := b.post("/my/contact", url.Values{"id": {id}, "code": {code}}); a.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %s", a.Status)
	}
	b.head.Del("Sec-Fetch-Site")
	b.post("/my/contact", url.Values{"id": {id}, "code": {code}}).leadsTo(t, "/my/details")
	b.get("/my/details").shows(t, http.StatusOK, "Confirmed.", `value="anna@new.example"`)
	b.post("/my/contact", url.Values{"id": {id}, "code": {code}}).shows(t, http.StatusNotFound)
	w.as("anna@new.example", password).get("/my").shows(t, http.StatusOK)
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), p.ID))(t); got.Contact.Email != "anna@new.example" {
		t.Errorf("%+v", got.Contact)
	}
}

// One that was asked for can be taken back, and while joining nobody is held up by it.
func TestOwnAddressTakenBackAndWhileJoining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(true, false)
	p := w.person("Bo", "Kohl", "bo@example.com")
	in := must(w.store.ClaimLinkWith(t.Context(), w.invited(p), password))(t)
	if !in.Steps.Details {
		t.Fatalf("%+v", in)
	}
	b := w.browser()
	b.post("/my/login", url.Values{"name": {p.Number}, "password": {password}}).leadsTo(t, "/my")
	typed := url.Values{"email": {"bo@new.example"}, "phone": {""}, "language": {"en"}}
	w.ahead.Add(int64(2 * time.Hour))
	b.post("/my/start/details", typed).shows(t, http.StatusUnprocessableEntity, `name="current"`)
	w.ahead.Add(int64(-2 * time.Hour)) // the password was chosen a moment ago
	b.post("/my/start/details", typed).leadsTo(t, "/my/start")
	b.get("/my").shows(t, http.StatusOK, "A code is on its way")
	if s := w.state(p); s.Account != invite.Active {
		t.Errorf("%+v", s)
	}
	page := b.get("/my/contact").shows(t, http.StatusOK, "bo@new.example")
	b.post("/my/contact/cancel", url.Values{"id": {changeID.FindStringSubmatch(page.body)[1]}}).leadsTo(t, "/my/details")
	b.get("/my/details").shows(t, http.StatusOK, "Everything stays as it was.", `value="bo@example.com"`)
	b.get("/my/contact").leadsTo(t, "/my/details")
}
