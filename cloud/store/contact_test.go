package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

func TestContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, ben := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Ben", "Kohl", w.south.ID)
	if err := w.SetContact(ctx, admin, anna.ID, invite.Contact{Email: "Anna@Example.com", Phone: "+4915112345678", ExternalID: "e 1"}); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, anna.ID).Contact; got != (invite.Contact{Email: "anna@example.com", Phone: "+4915112345678", ExternalID: "e 1"}) {
		t.Errorf("%+v", got)
	}
	var taken access.Invalid
	if err := w.SetContact(ctx, admin, ben.ID, invite.Contact{ExternalID: "e 1"}); !errors.As(err, &taken) || taken.Field != "external_id" || taken.Problem != access.Taken {
		t.Errorf("the same external ID: %v", err)
	}
	for _, bad := range []invite.Contact{{Email: "nonsense"}, {Phone: "0151 12345"}, {Phone: "+49"}, {Email: "a@b.c\r\nBcc: x@y.z"}} {
		if err := w.SetContact(ctx, admin, ben.ID, bad); !errors.As(err, &taken) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := w.SetContact(ctx, w.managerNorth.Actor(), ben.ID, invite.Contact{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a manager of another site: %v", err)
	}
	if err := w.SetContact(ctx, w.stranger.Actor(), anna.ID, invite.Contact{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("another organisation: %v", err)
	}
}

// J10 to J13: a block is seen with its cause, and an admin lifts it.
func TestJ13BlocksAreLifted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.waiting(t, "Anna", "anna@example.com")
	j := w.takeOne(t, "one")
	must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
	gone := &invite.Undeliverable{Reason: invite.UnknownMailbox, Detail: "550 no such user", Permanent: true}
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Failed: gone}}); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Blocks(ctx, w.managerNorth.Actor(), 0))(t); len(got) != 1 || got[0].Address != "anna@example.com" || got[0].Reason != invite.UnknownMailbox || got[0].Detail != "550 no such user" {
		t.Errorf("%+v", got)
	}
	for what, actor := range map[string]access.Actor{"a manager of another site": w.managerSouth.Actor(), "another organisation": w.stranger.Actor()} {
		if got := must(w.Blocks(ctx, actor, 0))(t); len(got) != 0 {
			t.Errorf("%s sees %+v", what, got)
		}
	}
	if err := w.LiftBlock(ctx, w.managerNorth.Actor(), "anna@example.com"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager lifts it: %v", err)
	}
	if err := w.LiftBlock(ctx, admin, "anna@example.com"); err != nil {
		t.Fatal(err)
	}
	if b := must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t); b.Queued != 1 {
		t.Errorf("afterwards: %+v", b)
	}
	// A message that met a block goes out by itself once it is lifted.
	j = w.takeOne(t, "one")
	must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
	held := &invite.Undeliverable{Reason: invite.AddressBlocked, Permanent: true}
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Failed: held}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.write.ExecContext(ctx, `INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, 'anna@example.com', 'spam', '', 1)`, admin.Org); err != nil {
		t.Fatal(err)
	}
	if err := w.LiftBlock(ctx, admin, "anna@example.com"); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, p.ID); got.State.Status() != invite.Waiting {
		t.Errorf("%+v", got.State)
	}
	if jobs := must(w.TakeOn(ctx, "one", 10, w.clock.now().Add(time.Minute)))(t); len(jobs) != 1 || jobs[0].ID == j.ID {
		t.Errorf("%+v", jobs)
	}
}
