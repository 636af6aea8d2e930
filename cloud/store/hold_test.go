package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// held makes the world's messages wait before they leave.
func held(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.hold = invite.Hold
	return w
}

func (w *world) due(t *testing.T) int {
	t.Helper()
	return len(must(w.TakeOn(t.Context(), "w", 100, w.clock.now().Add(time.Minute)))(t))
}

// W8: an order can be taken back whole while it is held: no worker gets any of it.
// It is queued at once, for whoever looks.
func TestW8NothingLeavesWhileItCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := held(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.person(t, "Anna", "Berg", w.north.ID)
	w.place(t, p.ID, silent, invite.Contact{Email: "anna@example.com"}, time.Time{})
	b := must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t)
	if b.Queued != 1 || b.Waiting() != 1 || w.invitation(t, p.ID).State.Status() != invite.Waiting {
		t.Errorf("not queued at once: %+v", b)
	}
	if d := b.NotBefore.Sub(b.At); d != invite.Hold {
		t.Errorf("held for %s", d)
	}
	w.clock.forward(invite.Hold - time.Second)
	if n := w.due(t); n != 0 {
		t.Fatalf("%d left early", n)
	}
	if n := must(w.UndoBatch(ctx, admin, b.ID))(t); n != 1 {
		t.Errorf("%d taken back", n)
	}
	w.clock.forward(time.Minute)
	if n := w.due(t); n != 0 {
		t.Errorf("%d left after they were taken back", n)
	}
	must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t)
	w.clock.forward(invite.Hold)
	if n := w.due(t); n != 1 {
		t.Errorf("%d left when the time was over", n)
	}
}

// What is held outlives the program: whoever starts next sends it, and not before
// its time.
func TestW8WhatIsHeldOutlivesTheProgram(t *testing.T) {
	t.Parallel()
	w := held(t)
	p := w.waiting(t, "Anna", "anna@example.com")
	again := must(on.open(t.Context(), w.at, w.clock.now))(t)
	t.Cleanup(func() { _ = again.Close() }) //nolint:errcheck // nothing is written
	if err := again.ReleaseAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	take := func() []invite.Job {
		return must(again.TakeOn(t.Context(), "next", 10, w.clock.now().Add(time.Minute)))(t)
	}
	if jobs := take(); len(jobs) != 0 {
		t.Errorf("sent early by the next one: %+v", jobs)
	}
	w.clock.forward(invite.Hold)
	if jobs := take(); len(jobs) != 1 || jobs[0].Person.ID != p.ID {
		t.Errorf("what was held is lost: %+v", jobs)
	}
}

// sendDue sends whatever is due; reference is the address.
func (w *world) sendDue(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, j := range must(w.TakeOn(ctx, "w", 10, w.clock.now().Add(time.Minute)))(t) {
		must(w.Hand(ctx, "w", []invite.Handing{handing(j)}))(t)
		if err := w.Settle(ctx, "w", []invite.Outcome{{ID: j.ID, Receipt: invite.Receipt{Provider: "smtp", Reference: string(j.ID)}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// asked orders a message to one person and tells why none is sent; empty: one is.
func (w *world) asked(t *testing.T, e invite.Event, p attendance.ProfileID) invite.Obstacle {
	t.Helper()
	b := must(w.Ask(t.Context(), w.admin.Actor(), invite.Order{Event: e, To: only(p)}))(t)
	for why := range b.Refused {
		return why
	}
	return ""
}

// K9, K12: the invitation is a message too: nobody is chased within 24 hours after
// it left, by whatever order.
func TestK9AnInvitationCountsForTheNextChase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.waiting(t, "Anna", "anna@example.com")
	w.clock.forward(3 * time.Hour) // the mail server was away
	w.sendDue(t)
	left := w.clock.now()
	for _, e := range []invite.Event{invite.Chase, ""} {
		if why := w.asked(t, e, p.ID); why != invite.ChasedAlready {
			t.Errorf("%q at once: %q", e, why)
		}
	}
	results := must(w.PlanResults(t.Context(), w.admin.Actor(), invite.Order{To: only(p.ID)}, "", 0))(t)
	if again := results[0].Again; again.Sub(left).Round(time.Minute) != invite.ChaseEvery {
		t.Errorf("again %s after it left", again.Sub(left))
	}
	w.clock.forward(invite.ChaseEvery - time.Hour)
	if why := w.asked(t, invite.Chase, p.ID); why != invite.ChasedAlready {
		t.Errorf("an hour early, by when it was ordered long ago: %q", why)
	}
	w.clock.forward(time.Hour)
	if why := w.asked(t, "", p.ID); why != "" {
		t.Errorf("a day after: %q", why)
	}
	w.sendDue(t)
	if why := w.asked(t, invite.Chase, p.ID); why != invite.ChasedAlready {
		t.Errorf("a second chase: %q", why)
	}
}

// K12: what didn't arrive, or went to where the person isn't reached any more,
// holds up no other; what was opened did arrive, whatever comes back later.
func TestK12WhatDidNotArriveHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	report := func(e invite.Event, id attendance.ProfileID) {
		t.Helper()
		past := must(w.MessagesOf(ctx, admin, id))(t)
		if err := w.Report(ctx, []invite.Report{{Message: past[0].ID, Event: e, Reason: invite.MailboxFull, At: w.clock.now()}}); err != nil {
			t.Fatal(err)
		}
	}
	bounced := w.waiting(t, "Anna", "anna@example.com")
	w.sendDue(t)
	report(invite.Bounce, bounced.ID)
	if why := w.asked(t, invite.Chase, bounced.ID); why != "" {
		t.Errorf("after a bounce: %q", why)
	}
	w.sendDue(t)
	if why := w.asked(t, invite.Chase, bounced.ID); why != invite.ChasedAlready {
		t.Errorf("after one that arrived: %q", why)
	}
	moved := w.waiting(t, "Boris", "boris@example.com")
	w.sendDue(t)
	if err := w.SetContact(ctx, admin, moved.ID, invite.Contact{Email: "boris@example.com", Phone: "+4915112345678"}); err != nil {
		t.Fatal(err)
	}
	if why := w.asked(t, invite.Chase, moved.ID); why != invite.ChasedAlready {
		t.Errorf("with a number beside the address, which nothing goes to: %q", why)
	}
	if err := w.SetContact(ctx, admin, moved.ID, invite.Contact{Email: "petrow@example.com"}); err != nil {
		t.Fatal(err)
	}
	if why := w.asked(t, invite.Chase, moved.ID); why != "" {
		t.Errorf("with another address: %q", why)
	}
	w.sendDue(t)
	opened := w.waiting(t, "Chloe", "chloe@example.com")
	w.sendDue(t)
	must(w.OpenLink(ctx, string(must(w.MessagesOf(ctx, admin, opened.ID))(t)[0].ID)))(t)
	report(invite.Bounce, opened.ID)
	if why := w.asked(t, invite.Chase, opened.ID); why != invite.ChasedAlready {
		t.Errorf("opened and given back: %q", why)
	}
	// Changed while it waited: it goes to the new address, and counts.
	late := w.waiting(t, "Dana", "dana@example.com")
	if err := w.SetContact(ctx, admin, late.ID, invite.Contact{Email: "d@example.com"}); err != nil {
		t.Fatal(err)
	}
	w.sendDue(t)
	if why := w.asked(t, invite.Chase, late.ID); why != invite.ChasedAlready {
		t.Errorf("changed while it waited: %q", why)
	}
}

// B6: the link of a mail that a code has replaced says that it was a code, and not
// a newer message.
func TestK14TheLinkThatACodeReplacedSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, secret := w.sent(t, "anna")
	must(w.HandOut(t.Context(), w.admin.Actor(), p.ID))(t)
	if link := must(w.OpenLink(t.Context(), secret))(t); link.State != invite.LinkHandedOut {
		t.Errorf("it says %s", link.State)
	}
	if _, err := w.ClaimLinkWith(t.Context(), secret, password); err == nil {
		t.Error("it claims")
	}
}
