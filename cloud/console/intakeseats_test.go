package console_test

import (
	"net/http"
	"testing"

	"muster/intake"
	"muster/invite"
)

// Where the licence has too few seats, nobody is sent to look for mistakes in the
// file that aren't there.
func TestImportSaysThatSeatsAreShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	b := w.as(w.admin.Email)
	const list = "External ID,Name\nA1,Anna Berg\nA2,Ben Stone\nA3,Cora Lund\n"
	taken := must(w.store.Access(ctx, admin))(t).Taken
	for seats, words := range map[int]string{taken + 1: "The licence has 1 free seat left", taken + 2: "The licence has 2 free seats left"} {
		if err := w.store.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: seats}); err != nil {
			t.Fatal(err)
		}
		b.get(b.bring(intake.People, list)).shows(t, http.StatusOK, words, "no free seat for a new person")
	}
	if err := w.store.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: taken + 3}); err != nil {
		t.Fatal(err)
	}
	b.get(b.bring(intake.People, list+"A4,\n")).hides(t, "free seat")
}
