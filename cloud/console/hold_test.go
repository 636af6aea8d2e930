package console_test

import (
	"testing"
	"time"

	"muster/cloud/store"
	"muster/invite"
)

// forward puts the clock on.
func (w *world) forward(d time.Duration) { w.ahead.Add(int64(d)) }

// W8: the page of an order says how long it can be taken back whole, and when that
// is over it doesn't.
func TestW8TheOrderSaysHowLongItIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store.Hold(invite.Hold)(w.store)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	b := w.as(w.admin.Email)
	at := "/invitations/batches/" + string(w.ask(anna).ID)
	b.get(at).shows(t, 200, "1 message is waiting to be sent.", "Nothing has left yet. Time to take it back:", `data-left="20"`, "0:20", "Take back what waits")
	w.deliverAll(nil)
	b.get(at).shows(t, 200, "1 message is waiting to be sent.")
	w.forward(invite.Hold)
	b.get(at).hides(t, "data-left")
	w.deliverAll(nil)
	b.get(at).shows(t, 200, "Nothing is waiting any more.")
}
