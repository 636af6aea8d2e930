package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// J3: what the checklist goes by is counted where it is, and only in one's own
// organisation.
func TestLaunchCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	before := must(w.Launch(ctx, admin))(t)
	active := invite.State{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Accepted}
	for i, c := range []struct {
		state   invite.State
		contact invite.Contact
		card    attendance.CardID
	}{
		{silent, invite.Contact{Email: "a@example.com"}, ""},
		{silent, invite.Contact{}, ""},
		{silent, invite.Contact{Phone: "+4915112345678"}, ""},
		{silent, invite.Contact{Email: "blocked@example.com"}, ""},
		{active, invite.Contact{}, ""},
	} {
		p := w.person(t, string(rune('A'+i)), "Berg", w.north.ID)
		w.place(t, p.ID, c.state, c.contact, time.Time{})
	}
	if _, err := w.write.ExecContext(ctx, `INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, 'blocked@example.com', 'unknown-mailbox', '', 1)`, admin.Org); err != nil {
		t.Fatal(err)
	}
	l := must(w.Launch(ctx, admin))(t)
	if l.People-before.People != 4 || l.NoContact-before.NoContact != 1 || l.SMSOnly != 1 || l.Blocked != 1 || l.NoCard-before.NoCard != 5 {
		t.Errorf("%+v", l)
	}
	if !slices.Equal(l.Languages, []string{"de", "en"}) || len(l.Sites) != 2 || l.Sites[0].People != 5 || l.Sites[0].Tablets != 0 || !l.Sites[0].Seen.IsZero() {
		t.Errorf("%+v", l)
	}
	if other := must(w.Launch(ctx, w.stranger.Actor()))(t); other.People != 0 || other.Blocked != 0 || len(other.Sites) != 1 {
		t.Errorf("another organisation: %+v", other)
	}
	if _, err := w.Launch(ctx, w.managerNorth.Actor()); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager: %v", err)
	}
}

// Without a provider nobody is planned to get an SMS, and what the organisation
// decided about them is there again with one.
func TestSMSNeedsAProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.person(t, "Anna", "Berg", w.north.ID)
	w.place(t, p.ID, silent, invite.Contact{Phone: "+4915112345678"}, time.Time{})
	policy := must(w.Policy(ctx, admin))(t)
	policy.SMS = true
	if err := w.SetPolicy(ctx, admin, policy); err != nil {
		t.Fatal(err)
	}
	order := invite.Order{To: only(p.ID)}
	if plan := must(w.PlanOrder(ctx, admin, order))(t); plan.SMS != 1 {
		t.Errorf("with a provider: %+v", plan)
	}
	SMS(false)(w.Store)
	plan := must(w.PlanOrder(ctx, admin, order))(t)
	b := must(w.Ask(ctx, admin, order))(t)
	head := must(w.Letterhead(ctx, admin.Org))(t)
	policy = must(w.Policy(ctx, admin))(t)
	if plan.Refused[invite.Obstacle(invite.NotConfigured)] != 1 || b.Refused[invite.Obstacle(invite.NotConfigured)] != 1 || head.Policy.SMS || policy.SMS {
		t.Errorf("without: %+v, %+v, %+v, %+v", plan, b, head.Policy, policy)
	}
	policy.Photo = true
	if err := w.SetPolicy(ctx, admin, policy); err != nil {
		t.Fatal(err)
	}
	SMS(true)(w.Store)
	if policy = must(w.Policy(ctx, admin))(t); !policy.SMS || !policy.Photo {
		t.Errorf("with one again: %+v", policy)
	}
}
