package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"muster/invite"
)

// A typing error in a filter never means everybody: the list shows nobody and says
// why, and nothing is reviewed, sent, printed or taken away by it.
func TestJ4AFilterThatIsntThereIsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	b := w.as(w.admin.Email)
	key, site := "0196a0de-0000-7000-8000-000000000001", "0196a0de-0000-7000-8000-000000000002"
	for _, bad := range []string{"status=eror", "reason=unknown", "reach=mail", "site=north", "batch=1", "list=x", "status=active&status=error"} {
		list := b.get("/invitations?" + bad)
		list.shows(t, http.StatusBadRequest, "There is no filter “", "nobody is shown")
		list.hides(t, "anna@example.com", `name="all"`)
		form, err := url.ParseQuery(bad + "&all=1&emails=9&texts=9&event=invite&key=" + key)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/invitations/review", "/invitations/send", "/invitations/print", "/invitations/print/file"} {
			b.post(path, form).shows(t, http.StatusBadRequest)
		}
		b.get("/export/invitations.csv?"+bad).shows(t, http.StatusBadRequest)
	}
	b.get("/invitations?site="+site).shows(t, http.StatusBadRequest, "There is no filter “"+site)
	b.get("/export/invitations.csv?statuz=error").shows(t, http.StatusBadRequest)
	if n := must(w.store.Tally(t.Context(), w.admin.Actor(), invite.Filter{}))(t); n[invite.NotInvited] != 1 {
		t.Errorf("somebody was invited: %v", n)
	}
}
