package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/invite"
)

// refused are sign-ins that open nothing, whatever is tried.
func (w *world) refused(name string, secrets ...string) {
	w.t.Helper()
	for _, s := range secrets {
		a := w.browser().post("/my/login", url.Values{"name": {name}, "password": {s}})
		if a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusTooManyRequests && a.StatusCode != http.StatusUnprocessableEntity {
			w.t.Errorf("%q with %q: %s", name, s, a.Status)
		}
	}
}

// W1, W2: who isn't invited has no way in: no link, no code, no empty password; and
// nothing is sent to them, though somebody asks for the forgotten password.
func TestW1W2WhoIsNotInvitedCannotClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	w.refused(p.Number, "", p.Number, "anna@example.com", password)
	w.refused("anna@example.com", "", password)
	b := w.browser()
	for _, path := range []string{"/join/" + p.Number, "/join/" + string(p.ID), "/join/" + strings.Repeat("A", 43)} {
		b.get(path).shows(t, http.StatusNotFound)
		b.post(path, url.Values{"password": {password}}).shows(t, http.StatusNotFound)
	}
	b.get("/my/forgotten").shows(t, http.StatusOK)
	b.post("/my/forgotten", url.Values{"name": {"anna@example.com"}})
	if jobs := must(w.store.TakeOn(t.Context(), "w", 9, w.now()))(t); len(jobs) != 0 {
		t.Errorf("a message waits: %+v", jobs)
	}
	if s := w.state(p); s.Account != invite.Inactive || s.Delivery != invite.None {
		t.Errorf("%+v", s)
	}
}

// W3: before the account is claimed and every step done, no page of the portal opens.
func TestW3ClaimingComesBeforeAnyUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(true, true)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	secret := w.invited(p)
	pages := []string{"/my", "/my/punches", "/my/more", "/my/details", "/my/photo", "/my/cards", "/my/invitations", "/my/organisations", "/my/join-key", "/my/language", "/my/password", "/my/welcome", "/my/help"}
	b := w.browser()
	b.get("/join/" + secret)
	for _, path := range pages {
		if a := b.get(path); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/my/login") {
			t.Errorf("%s before claiming: %s to %s", path, a.Status, a.Header.Get("Location"))
		}
	}
	b.post("/join/"+secret, url.Values{"token": {b.get("/join/" + secret).token(t)}, "password": {password}}).leadsTo(t, "/my/start")
	for _, path := range pages {
		b.get(path).leadsTo(t, "/my/start/details")
	}
	b.post("/my/details", url.Values{"language": {"en"}}).leadsTo(t, "/my/start/details")
	b.post("/my/start/details", url.Values{"language": {"en"}}).leadsTo(t, "/my/start")
	for _, path := range pages {
		b.get(path).leadsTo(t, "/my/start/photo")
	}
}

// W4: whose invitation was taken back, and whose account was ended, stands before
// the door as who was never invited: the link, the code and the password are good no
// more, also for whoever is in.
func TestW4TakenBackIsAsNeverInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.person("Anna", "Bergmann", "anna@example.com")
	link := "/join/" + w.invited(p)
	token := w.browser().get(link).token(t)
	if err := w.store.RevokeInvitation(ctx, admin, p.ID); err != nil {
		t.Fatal(err)
	}
	w.browser().post(link, url.Values{"token": {token}, "password": {password}}).shows(t, http.StatusGone, "no longer valid")
	q := w.person("Ben", "Kohl", "")
	code := must(w.store.HandOut(ctx, admin, q.ID))(t).Code
	if err := w.store.RevokeInvitation(ctx, admin, q.ID); err != nil {
		t.Fatal(err)
	}
	w.refused(q.Number, code)
	r := w.active("Cleo", "Dorn", "cleo@example.com")
	b := w.as("cleo@example.com", password)
	if err := w.store.DeactivateAccount(ctx, admin, r.ID); err != nil {
		t.Fatal(err)
	}
	b.get("/my").leadsTo(t, "/my/login")
	w.refused("cleo@example.com", password)
	if err := w.store.ReactivateAccount(ctx, admin, r.ID); err != nil {
		t.Fatal(err)
	}
	w.refused("cleo@example.com", password)
	if s := w.state(r); s.Account != invite.Inactive {
		t.Errorf("silent again: %+v", s)
	}
}
