package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/invite"
)

// A shift that comes in by one network, all of them with the right password, is no
// attack: only what was wrong counts.
func TestAWholeShiftSignsInFromOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	for range 60 {
		w.browser().post("/my/login", url.Values{"name": {p.Number}, "password": {password}}).leadsTo(t, "/my")
	}
	stopped := false
	for try := 0; try < 200 && !stopped; try++ { // strangers still are
		a := w.browser().post("/my/login", url.Values{"name": {fmt.Sprintf("nobody-%d", try)}, "password": {"a wrong one, no doubt"}})
		stopped = a.StatusCode == http.StatusTooManyRequests && strings.Contains(a.body, "Too many attempts from here")
	}
	if !stopped {
		t.Error("anybody may guess without end")
	}
}

// A join link hangs on the wall, and everybody opens it by the same wireless network.
func TestJoinLinkOnAPoster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.SetWay(t.Context(), w.admin.Actor(), invite.ByLink, true); err != nil {
		t.Fatal(err)
	}
	code := must(w.store.DrawJoinCode(t.Context(), w.admin.Actor(), invite.ByLink, w.north.ID, time.Time{}))(t).Code
	for i := range 40 {
		b := w.browser()
		b.get("/my/join/"+code).shows(t, http.StatusOK, "Join Acme Logistics")
		b.post("/my/come-in", url.Values{"email": {fmt.Sprintf("nora%d@gmail.com", i)}, "link": {code}}).shows(t, http.StatusOK, "Look into your mailbox")
	}
}
