package console_test

import (
	"net/http"
	"strings"
	"testing"

	"muster/attendance"
)

// An order at a tablet that was refused stands in the log with whom it was for and why, in
// each language; a name is only ever text.
func TestK12RefusedOrdersInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := `Jürgen <script>alert("ё")</script> אבג`
	anna := must(w.store.AddProfile(t.Context(), w.admin.Actor(), attendance.Profile{LastName: name}, []attendance.SiteID{w.north.ID}))(t)
	id := string(anna.ID)
	for _, subject := range []string{id + "/card/" + id + "/3", id + "/role/" + id + "/1", id + "/<script>alert(1)</script>", string(w.tablet(w.north.ID, "Gate").at.Device) + "/more"} {
		if err := w.store.Record(t.Context(), w.admin.Actor(), "refuse-order", subject); err != nil {
			t.Fatal(err)
		}
	}
	b := w.as(w.admin.Email)
	a := b.get("/audit?action=refuse-order")
	a.shows(t, http.StatusOK, "Refused an order that was given at a tablet: the card wasn’t the manager’s at that time, or is blocked (3 people in all)",
		"the account may invite nobody at this site", "there are more of this tablet", "Jürgen", "אבג")
	if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "(1 person") {
		t.Errorf("%s", a.body)
	}
	for lang, want := range map[string]string{"de": "Auftrag von einem Tablet abgelehnt: die Karte", "ru": "Отклонено распоряжение с планшета: карта"} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", lang); err != nil {
			t.Fatal(err)
		}
		b.get("/audit?action=refuse-order").shows(t, http.StatusOK, want)
	}
}
