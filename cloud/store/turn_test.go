package store

import (
	"slices"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// B6: what became of one message and who may have the next are noted together; a
// message that is somebody else's keeps neither from being noted, and comes to
// nobody twice.
func TestTurnOfAWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	first := w.takeOne(t, "one")
	w.waiting(t, "Bob", "bob@example.com")
	second := w.takeOne(t, "one")
	w.waiting(t, "Cleo", "cleo@example.com")
	foreign := w.takeOne(t, "two")

	if good := must(w.Turn(ctx, "one", nil, []invite.Handing{handing(first)}))(t); !slices.Equal(good, []invite.MessageID{first.ID}) {
		t.Fatalf("the first: %v", good)
	}
	done := []invite.Outcome{{ID: first.ID, Receipt: invite.Receipt{Provider: "smtp", Reference: "r1"}}, {ID: foreign.ID}}
	good := must(w.Turn(ctx, "one", done, []invite.Handing{handing(second), handing(foreign), handing(first)}))(t)
	if !slices.Equal(good, []invite.MessageID{second.ID}) {
		t.Errorf("to be sent next: %v, want %v", good, second.ID)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Sent {
		t.Errorf("the first is %s", got.State.Delivery)
	}
	if good := must(w.Turn(ctx, "two", nil, []invite.Handing{handing(foreign)}))(t); len(good) != 1 {
		t.Error("another worker lost its message")
	}
}

// A turn that fails notes nothing of itself.
func TestTurnIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	first := w.takeOne(t, "one")
	must(w.Turn(ctx, "one", nil, []invite.Handing{handing(first)}))(t)
	w.waiting(t, "Bob", "bob@example.com")
	second := handing(w.takeOne(t, "one"))
	second.Token = hashSecret(string(first.ID)) // which is another message's
	done := []invite.Outcome{{ID: first.ID}}
	if good, err := w.Turn(ctx, "one", done, []invite.Handing{second}); err == nil || len(good) != 0 {
		t.Fatalf("%v, %v", good, err)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Queued {
		t.Errorf("the first is %s though the turn failed", got.State.Delivery)
	}
	if err := w.Settle(ctx, "one", done); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Sent {
		t.Errorf("the first is %s", got.State.Delivery)
	}
}

// What left, what failed and what is told twice may be in one turn; each comes to
// what it would have come to alone.
func TestTurnOfManyOutcomes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna, bob, cleo := w.waiting(t, "Anna", "anna@example.com"), w.waiting(t, "Bob", "bob@example.com"), w.waiting(t, "Cleo", "cleo@example.com")
	jobs := must(w.TakeOn(ctx, "one", 10, w.clock.now().Add(time.Minute)))(t)
	of := map[attendance.ProfileID]invite.Job{}
	var next []invite.Handing
	for _, j := range jobs {
		of[j.Person.ID], next = j, append(next, handing(j))
	}
	if good := must(w.Turn(ctx, "one", nil, next))(t); len(jobs) != 3 || len(good) != 3 {
		t.Fatalf("%d jobs, %d may be sent", len(jobs), len(good))
	}
	done := []invite.Outcome{
		{ID: of[anna.ID].ID, Receipt: invite.Receipt{Provider: "smtp", Reference: "r1"}},
		{ID: of[anna.ID].ID, Receipt: invite.Receipt{Provider: "smtp", Reference: "r2"}},
		{ID: of[bob.ID].ID, Failed: &invite.Undeliverable{Reason: invite.BadAddress, Permanent: true}},
		{ID: of[cleo.ID].ID, Receipt: invite.Receipt{Provider: "sms", Reference: "r1"}},
	}
	must(w.Turn(ctx, "one", done, nil))(t)
	for id, want := range map[attendance.ProfileID]invite.Delivery{anna.ID: invite.Sent, bob.ID: invite.Failed, cleo.ID: invite.Sent} {
		if got := w.invitation(t, id); got.State.Delivery != want {
			t.Errorf("%s is %s, want %s", id, got.State.Delivery, want)
		}
	}
	if err := w.Report(ctx, []invite.Report{{Provider: "sms", Reference: "r1", Event: invite.Deliver}, {Provider: "smtp", Reference: "r2", Event: invite.Bounce}}); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, anna.ID); got.State.Delivery != invite.Sent {
		t.Errorf("the second word on a message counts: %s", got.State.Delivery)
	}
	if got := w.invitation(t, cleo.ID); got.State.Delivery != invite.Delivered {
		t.Errorf("another provider's reference: %s", got.State.Delivery)
	}
}
