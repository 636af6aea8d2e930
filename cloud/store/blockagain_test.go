package store

import (
	"testing"

	"muster/invite"
)

// J13: what is told twice of one message, by a bounce mail and the provider, or by
// either again, blocks once: a lifted block stays lifted until something new is known.
func TestJ13LiftedBlockStaysLifted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.waiting(t, "Anna", "anna@example.com")
	send := func() invite.MessageID {
		j := w.takeOne(t, "one")
		must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
		if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Receipt: invite.Receipt{Provider: "smtp", Reference: string(j.ID)}}}); err != nil {
			t.Fatal(err)
		}
		return j.ID
	}
	bounce := func(id invite.MessageID) int {
		if err := w.Report(ctx, []invite.Report{{Message: id, Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 no such user"}}); err != nil {
			t.Fatal(err)
		}
		return len(must(w.Blocks(ctx, admin, 0))(t))
	}
	first := send()
	for range 2 { // told twice it is one
		if bounce(first) != 1 {
			t.Fatal("it isn't blocked")
		}
	}
	if err := w.LiftBlock(ctx, admin, "anna@example.com"); err != nil {
		t.Fatal(err)
	}
	if bounce(first) != 0 {
		t.Error("what was known before has blocked it again")
	}
	if b := must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t); b.Queued != 1 {
		t.Fatalf("%+v", b)
	}
	if bounce(send()) != 1 {
		t.Error("another message that came back doesn't block")
	}
}
