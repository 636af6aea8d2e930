package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/invite"
)

// L10: the table shows every way with a link to its guide, and a way is switched
// on and off there; link and key are drawn, shown and replaced.
func TestL10TheTableAndItsGuides(t *testing.T) {
	w := newWorld(t)
	b := w.as(w.admin.Email)
	page := b.get("/membership")
	page.shows(t, http.StatusOK, "Seats", "Enterprise", "No end")
	for _, way := range invite.Ways {
		if !strings.Contains(page.body, `href="/membership/guides/`+string(way)+`"`) {
			t.Errorf("no guide for %s", way)
		}
		b.get("/membership/guides/"+string(way)).shows(t, http.StatusOK, "How it goes")
	}
	b.get("/membership/guides/fax").shows(t, http.StatusNotFound)
	b.post("/membership/ways/key", url.Values{"on": {"yes"}})
	b.post("/membership/codes/key", url.Values{"life": {"7"}})
	key := must(w.store.Access(t.Context(), w.admin.Actor()))(t).Codes[invite.ByKey].Code
	b.get("/membership").shows(t, http.StatusOK, key)
	b.post("/membership/domains", url.Values{"domain": {"gmail.com"}}).shows(t, http.StatusUnprocessableEntity, "Anybody can have an address")
}
