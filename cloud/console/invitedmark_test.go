package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"muster/invite"
)

// P20: somebody who is invited is marked so, also once the message failed: both are shown,
// on the profile, in the list and in the file.
func TestP20TheMarkStaysWhenAMessageFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.reached("Silent", "Berg", invite.Contact{Email: "silent@example.com"}, w.north.ID)
	w.ask(anna)
	w.deliverAll(map[string]invite.Undeliverable{"anna@example.com": {Reason: invite.Refused, Permanent: true}})
	b := w.as(w.admin.Email)
	b.get("/employees/"+string(anna.ID)).shows(t, http.StatusOK, "note-invited", "standing-error")
	a := b.get("/invitations")
	a.shows(t, http.StatusOK, "standing-error")
	if n := strings.Count(a.body, "note-invited"); n != 1 {
		t.Errorf("%d are marked in the list", n)
	}
	rows := table(t, b.get("/export/invitations.csv"), ',')
	at := slices.Index(rows[0], "Invited")
	for _, r := range rows[1:] {
		if want := map[string]string{"anna@example.com": "yes", "silent@example.com": ""}[r[3]]; at < 0 || r[at] != want {
			t.Errorf("in the file: %v, %v", rows[0], r)
		}
	}
	b.post("/employees/"+string(anna.ID)+"/account/revoke", nil)
	if a := b.get("/employees/" + string(anna.ID)); strings.Contains(a.body, "note-invited") {
		t.Error("she isn't invited any more, and is marked")
	}
}
