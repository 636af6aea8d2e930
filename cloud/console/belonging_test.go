package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/access"
	"muster/invite"
)

// L1: one person added by the form is held to the switch and the seats; the refusal
// stands at the field, and nobody is added.
func TestL4L6TheFormForOnePersonIsHeldToTheWay(t *testing.T) {
	w := newWorld(t)
	b := w.as(w.admin.Email)
	ctx, admin := t.Context(), w.admin.Actor()
	one := url.Values{"last_name": {"Mailer"}, "sites": {string(w.north.ID)}, "email": {"mailer@example.com"}}
	if err := w.store.SetWay(ctx, admin, invite.ByAddress, false); err != nil {
		t.Fatal(err)
	}
	b.post("/employees/new", one).shows(t, http.StatusUnprocessableEntity, "This way in is switched off")
	if err := w.store.SetWay(ctx, admin, invite.ByAddress, true); err != nil {
		t.Fatal(err)
	}
	full := invite.Licence{Type: invite.Team, Seats: max(1, must(w.store.Access(ctx, admin))(t).Taken)}
	if err := w.store.SetLicence(ctx, admin.Org, full); err != nil {
		t.Fatal(err)
	}
	first := url.Values{"last_name": {"First"}, "sites": {string(w.north.ID)}}
	b.post("/employees/new", first)
	b.post("/employees/new", one).shows(t, http.StatusUnprocessableEntity, "no free seat")
	if n := must(w.store.Access(ctx, admin))(t).Taken; n > full.Seats {
		t.Errorf("%d of %d seats", n, full.Seats)
	}
}

// L16, L22: the list says how people stand, narrowed where not all are members; who
// is known only becomes a member when added again.
func TestL22TheListSaysHowPeopleStand(t *testing.T) {
	w := newWorld(t)
	w.person("Mona", "Member", w.north.ID)
	b := w.as(w.admin.Email)
	b.get("/employees").shows(t, http.StatusOK, "Accepted")
	known := must(w.store.SyncRoster(t.Context(), w.admin.Actor(), []invite.RosterEntry{{Contact: invite.Contact{ExternalID: "K1"}, LastName: "Knownonly"}}, invite.RosterSync{}))(t)[0].Profile
	b.get("/employees").shows(t, http.StatusOK, "Known only", "membership=outside")
	if page := b.get("/employees?membership=outside"); strings.Contains(page.body, "Mona") || !strings.Contains(page.body, "Knownonly") {
		t.Error("the list isn't narrowed")
	}
	at := "/employees/" + string(known)
	b.get(at).shows(t, http.StatusOK, "This person is known only")
	b.post(at+"/add-again", url.Values{})
	b.get(at).shows(t, http.StatusOK, "This person is a member")
	w.user(access.Viewer, "vera@acme.example", w.north.ID)
	w.as("vera@acme.example").post(at+"/add-again", url.Values{}).shows(t, http.StatusForbidden)
}
