package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/sync/wire"
)

func TestTabletIsApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.claim("Raspberry Pi 5 · serial 1000a3f2")
	w.browser().get("/activate?code="+code).leadsTo(t, "/login?next="+url.QueryEscape("/activate?code="+code))
	b := w.as(w.admin.Email)
	claim := must(w.fleet.Claim(t.Context(), w.admin.Actor(), code))(t)
	for _, typed := range []string{code, strings.ToLower(code), code[:4] + "-" + code[4:]} {
		b.get("/activate?code="+typed).shows(t, http.StatusOK, "Raspberry Pi 5 · serial 1000a3f2", "192.0.2.17", "<li>"+claim.Words[0]+"</li>", "<li>"+claim.Words[3]+"</li>")
	}
	b.post("/activate/approve", url.Values{"code": {code}, "name": {"Gate 2"}}).shows(t, http.StatusUnprocessableEntity, "Please fill this in.", `value="Gate 2"`)
	b.post("/activate/approve", url.Values{"code": {code}, "site": {string(w.north.ID)}}).shows(t, http.StatusUnprocessableEntity, "Please fill this in.", claim.Words[0])
	a := b.post("/activate/approve", url.Values{"code": {code}, "site": {string(w.north.ID)}, "name": {"Gate 2"}})
	where := a.Header.Get("Location")
	if !strings.HasPrefix(where, "/devices/") {
		t.Fatalf("approved: %s to %q\n%s", a.Status, where, a.body)
	}
	b.get(where).shows(t, http.StatusOK, "Approved. The tablet connects within seconds.", "Gate 2", "Offline")
	b.get("/activate?code="+code).shows(t, http.StatusGone, "This code has expired")
	b.get("/activate?code=BCDF-GHJK").shows(t, http.StatusNotFound, "No tablet is asking with this code")
}

func TestTabletIsDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.claim("something")
	b := w.as(w.admin.Email)
	b.post("/activate/deny", url.Values{"code": {code}}).leadsTo(t, "/devices")
	b.get("/devices").shows(t, http.StatusOK, "Denied. The tablet was not let in.", "No tablets yet")
	b.post("/activate/approve", url.Values{"code": {code}, "site": {string(w.north.ID)}, "name": {"Gate 2"}}).shows(t, http.StatusGone, "This code has expired")
}

func TestCodeIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	a := b.post("/devices/new", url.Values{"site": {string(w.south.ID)}, "name": {"Dock"}})
	a.shows(t, http.StatusOK, "One-time code for “Dock” at Site South", "works once")
	code := regexp.MustCompile(`<code>([A-Z0-9-]+)</code>`).FindStringSubmatch(a.body)
	if code == nil {
		t.Fatal("no code")
	}
	if again := b.get("/devices/new"); strings.Contains(again.body, code[1]) {
		t.Error("the code is shown again")
	}
}

func TestTabletIsRenamedLockedAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := w.tablet(w.north.ID, "Gate 2")
	b := w.as(w.admin.Email)
	page := "/devices/" + string(gate.at.Device)
	b.post(page, url.Values{"name": {"Gate 3"}}).leadsTo(t, page)
	b.get(page).shows(t, http.StatusOK, "Saved.", "<h1>Gate 3</h1>", "12 GB", "ready", "1.4.0")
	b.post(page+"/lock", url.Values{"message": {"Use gate 1 today"}}).leadsTo(t, page)
	b.get(page).shows(t, http.StatusOK, "“Use gate 1 today”", "Unlock the tablet")
	locked := b.get("/")
	locked.shows(t, http.StatusOK, "It is locked and takes no cards")
	locked.hides(t, "is well")
	b.post(page+"/unlock", nil).leadsTo(t, page)
	b.get("/").hides(t, "It is locked")
	b.get(page).shows(t, http.StatusOK, "Lock the tablet")
	gate.pulse(&wire.Pulse{Version: "1.4.0", Reader: "ready", Waiting: 7, DiskFree: 1 << 33, Trust: 1})
	b.get(page+"/revoke").shows(t, http.StatusOK, "Revoke “Gate 3” at Site North?", "7 punches that it hasn&#39;t sent yet are not taken in any more.")
	b.post(page+"/revoke", nil).leadsTo(t, "/devices")
	b.get("/devices").shows(t, http.StatusOK, "The tablet is revoked.", "1 revoked tablet")
	if a := b.get(page); strings.Contains(a.body, "Lock the tablet") || !strings.Contains(a.body, "revoked on") {
		t.Error("a revoked tablet can still be locked")
	}
	b.post(page+"/lock", url.Values{"message": {"x"}}).shows(t, http.StatusConflict, "Somebody was faster")
}

func TestTokensAndAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	a := b.post("/users/tokens", url.Values{"name": {"payroll"}, "expires": {"30"}})
	a.shows(t, http.StatusOK, "Token “payroll” is made.")
	secret := regexp.MustCompile(`id="new-token" value="([^"]+)"`).FindStringSubmatch(a.body)
	if secret == nil {
		t.Fatal("the token isn't shown")
	}
	if _, err := w.store.ByAPIToken(t.Context(), secret[1]); err != nil {
		t.Error(err)
	}
	list := b.get("/users")
	list.shows(t, http.StatusOK, "payroll")
	if strings.Contains(list.body, secret[1]) {
		t.Error("the token is shown again")
	}
	revoke := regexp.MustCompile(`/users/tokens/[0-9a-f]+/revoke`).FindString(list.body)
	b.get(revoke).shows(t, http.StatusOK, "Revoke token “payroll”?")
	b.post(revoke, nil).leadsTo(t, "/users#tokens")
	if _, err := w.store.ByAPIToken(t.Context(), secret[1]); err == nil {
		t.Error("a revoked token still works")
	}
	u := w.user("viewer", "vera@acme.example", w.north.ID)
	page := "/users/" + string(u.ID)
	b.post(page, url.Values{"name": {"Vera"}, "email": {"vera@acme.example"}, "role": {"viewer"}, "sites": {string(w.south.ID)}, "disabled": {"1"}}).leadsTo(t, "/users")
	b.get("/users").shows(t, http.StatusOK, "disabled", "Site South")
	b.post(page+"/link", nil).shows(t, http.StatusOK, "shown only now", w.server.URL+"/password?token=")
	w.ahead.Add(int64(time.Hour))
}
