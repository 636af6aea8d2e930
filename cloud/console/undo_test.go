package console_test

import (
	"testing"

	"muster/attendance"
	"muster/invite"
)

// W8: an order of reminders is taken back on its page while it waits; afterwards the
// person can be reminded at once, as before.
func TestW8RemindersAreTakenBackOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.forward(-invite.ChaseEvery)
	w.ask(anna)
	w.deliverAll(nil)
	w.forward(invite.ChaseEvery)
	b := w.as(w.admin.Email)
	at := "/invitations/batches/" + string(must(w.store.Ask(t.Context(), w.admin.Actor(), invite.Order{Event: invite.Chase, To: invite.Selection{IDs: []attendance.ProfileID{anna.ID}}}))(t).ID)
	b.get(at).shows(t, 200, at+"/undo", "who was reminded stands as before")
	b.post(at+"/undo", nil).leadsTo(t, at+"?undone=1")
	page := b.get(at + "?undone=1")
	page.shows(t, 200, "1 message was taken back.", "What was taken back does not count")
	page.hides(t, at+"/undo")
	b.get("/employees/"+string(anna.ID)).shows(t, 200, "Chase", "invited")
	w.deliverAll(nil) // nothing waits
	if got := w.ask(anna); got.Queued != 1 {
		t.Errorf("can't be reminded any more: %+v", got)
	}
}
