package store

import (
	"reflect"
	"testing"
	"time"

	"muster/invite"
)

// W8, J3: an order of reminders is taken back while it is queued: nothing leaves, each
// person stands as before, and may be reminded again when that was possible before.
func TestW8AReminderIsTakenBack(t *testing.T) {
	t.Parallel()
	w := held(t)
	ctx, admin := t.Context(), w.admin.Actor()
	left := func() {
		w.clock.forward(invite.Hold)
		w.sendDue(t)
	}
	anna, boris := w.waiting(t, "Anna", "anna@example.com"), w.waiting(t, "Boris", "boris@example.com")
	left()
	if err := w.Report(ctx, []invite.Report{{Message: must(w.MessagesOf(ctx, admin, boris.ID))(t)[0].ID, Event: invite.Bounce, Reason: invite.MailboxFull, At: w.clock.now()}}); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(invite.ChaseEvery)
	chloe := w.person(t, "Chloe", "Adler", w.north.ID)
	w.place(t, chloe.ID, silent, invite.Contact{Email: "chloe@example.com"}, time.Time{})
	before := []invite.Person{w.invitation(t, anna.ID), w.invitation(t, boris.ID)}

	for range 2 { // as often as one likes
		b := must(w.Ask(ctx, admin, invite.Order{To: only(anna.ID, boris.ID, chloe.ID)}))(t)
		if b.Queued != 3 {
			t.Fatalf("%+v", b)
		}
		if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 3 {
			t.Errorf("%d taken back", n)
		}
		if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 0 {
			t.Errorf("%d taken back twice", n)
		}
		for i, was := range before {
			if now := w.invitation(t, was.Profile.ID); !reflect.DeepEqual(now, was) {
				t.Errorf("person %d: %+v, was %+v", i, now, was)
			}
		}
		if got := w.invitation(t, chloe.ID).State; got.Account != invite.Inactive {
			t.Errorf("who was invited: %+v", got)
		}
		if b = must(w.Batch(ctx, admin, b.ID))(t); b.Undone != 3 || b.Waiting() != 0 {
			t.Errorf("the order: %+v", b)
		}
		w.clock.forward(time.Minute)
		if n := w.due(t); n != 0 {
			t.Fatalf("%d left after they were taken back", n)
		}
	}
	if why := w.asked(t, invite.Chase, anna.ID); why != "" {
		t.Errorf("can't be reminded again: %q", why)
	}
	left()
	if got := w.invitation(t, anna.ID).State; got.Delivery != invite.Sent {
		t.Errorf("the reminder: %+v", got)
	}
	b := must(w.Batches(ctx, admin, 1))(t)[0]
	if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 0 {
		t.Errorf("%d taken back that have left", n)
	}
	if why := w.asked(t, invite.Chase, anna.ID); why != invite.ChasedAlready {
		t.Errorf("a second one: %q", why)
	}
}

// W8: a reminder that is taken back frees nobody from the 24 hours that ran before.
func TestW8TakenBackFreesNobodyFromTheDay(t *testing.T) {
	t.Parallel()
	w := held(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.waiting(t, "Anna", "anna@example.com")
	w.clock.forward(invite.Hold)
	w.sendDue(t)
	w.clock.forward(invite.ChaseEvery - time.Second)
	if why := w.asked(t, invite.Chase, p.ID); why != invite.ChasedAlready {
		t.Fatalf("a second early: %q", why)
	}
	w.clock.forward(time.Second)
	b := must(w.Ask(ctx, admin, invite.Order{Event: invite.Chase, To: only(p.ID)}))(t)
	w.clock.forward(invite.Hold)
	w.sendDue(t) // left
	sent := w.clock.now()
	if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 0 {
		t.Fatal("what has left is taken back")
	}
	w.clock.forward(invite.ChaseEvery)
	b = must(w.Ask(ctx, admin, invite.Order{Event: invite.Chase, To: only(p.ID)}))(t)
	must(w.UndoBatch(ctx, admin, b.ID))(t)
	if got := w.invitation(t, p.ID); sent.Sub(got.Chases.Last).Abs() > time.Second || b.Queued != 1 {
		t.Errorf("counted from %s, the last message left at %s", got.Chases.Last, sent)
	}
}

// What becomes known of the invitation while a reminder is held is how somebody
// stands when it is taken back; another address is reminded when one likes.
func TestWhatBecomesKnownWhileAReminderIsHeld(t *testing.T) {
	t.Parallel()
	w := held(t)
	ctx, admin := t.Context(), w.admin.Actor()
	bounced, moved, begun := w.waiting(t, "Anna", "anna@example.com"), w.waiting(t, "Boris", "boris@example.com"), w.waiting(t, "Dana", "dana@example.com")
	w.clock.forward(invite.Hold)
	w.sendDue(t)
	w.clock.forward(invite.ChaseEvery)
	first := must(w.MessagesOf(ctx, admin, bounced.ID))(t)[0].ID
	b := must(w.Ask(ctx, admin, invite.Order{Event: invite.Chase, To: only(bounced.ID, moved.ID, begun.ID)}))(t)
	if err := w.Report(ctx, []invite.Report{{Message: first, Event: invite.Bounce, Reason: invite.MailboxFull, At: w.clock.now()}}); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, bounced.ID); got.State.Status() != invite.Waiting {
		t.Errorf("the reminder doesn't wait any more: %+v", got.State)
	}
	if err := w.SetContact(ctx, admin, moved.ID, invite.Contact{Email: "petrow@example.com"}); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(invite.Hold)
	for _, j := range must(w.TakeOn(ctx, "w", 10, w.clock.now().Add(time.Minute)))(t) {
		if j.Person.ID == begun.ID {
			must(w.Hand(ctx, "w", []invite.Handing{handing(j)}))(t)
		}
	}
	if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 2 {
		t.Errorf("%d taken back; one is being handed over", n)
	}
	if got := w.invitation(t, bounced.ID); got.State.Delivery != invite.Bounced || got.Reason != invite.MailboxFull || got.State.Status() != invite.Problem || !got.Chases.Last.IsZero() {
		t.Errorf("the bounce is forgotten: %+v", got)
	}
	if got := w.invitation(t, moved.ID); got.State.Delivery != invite.Sent || !got.Chases.Last.IsZero() {
		t.Errorf("the new address has to wait: %+v", got)
	}
	if got := w.invitation(t, begun.ID); got.State.Status() != invite.Waiting {
		t.Errorf("called back: %+v", got.State)
	}
}
