package store

import (
	"slices"
	"testing"

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
