package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// P10: an address that somebody else has is refused where it is typed, with whose it
// is; a manager of another site isn't told the name.
func TestP10AnAddressOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	boris := w.reached("Boris", "Petrow", invite.Contact{}, w.south.ID)
	w.user(access.SiteManager, "mia@acme.example", w.south.ID)
	admin, mia := w.as(w.admin.Email), w.as("mia@acme.example")
	form := func(site attendance.SiteID) url.Values {
		return url.Values{"first_name": {"Fake"}, "last_name": {"Person"}, "number": {""}, "sites": {string(site)}, "email": {"Anna@Example.com"}, "phone": {""}, "external_id": {""}}
	}
	admin.post("/employees/new", form(w.south.ID)).shows(t, http.StatusUnprocessableEntity, "This address belongs to Anna Berg.", `href="/employees/`+string(anna.ID)+`"`, `value="Anna@Example.com"`)
	for _, path := range []string{"/employees/new", "/employees/" + string(boris.ID)} {
		a := mia.post(path, form(w.south.ID))
		a.shows(t, http.StatusUnprocessableEntity, "This address belongs to somebody at a site that isn’t yours.")
		a.hides(t, "Anna Berg", string(anna.ID))
	}
	if err := w.store.DeactivateAccount(t.Context(), w.admin.Actor(), anna.ID); err != nil {
		t.Fatal(err)
	}
	admin.post("/employees/"+string(boris.ID), form(w.south.ID)).leadsTo(t, "/employees/"+string(boris.ID))
	at := "/employees/" + string(anna.ID)
	admin.post(at+"/account/reactivate", nil).leadsTo(t, at)
	admin.get(at).shows(t, 200, "The address belongs to somebody else by now.", "Deactivated")
}
