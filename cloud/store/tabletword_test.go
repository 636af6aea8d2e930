package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// What a revoked tablet says that somebody wants isn't believed, however it comes: neither
// an order nor a yes. What was tapped on it still is.
func TestARevokedTabletSpeaksForNobody(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	anna := c.silentPerson("anna@example.com", c.north.ID)
	r, tapped := c.order(invite.Invite, anna), c.p.punch(anna, "")
	if err := c.RevokeTablet(t.Context(), c.admin.Actor(), c.p.from.Device); err != nil {
		t.Fatal(err)
	}
	c.clock.forward(time.Minute)
	c.comesTo(r, anna, invite.FateForbidden)
	if p := c.invitation(t, anna); p.State != silent {
		t.Errorf("she is %+v", p.State)
	}
	if all := c.refusals(); len(all) != 1 {
		t.Errorf("noted: %+v", all)
	}
	c.deliver(t, c.p, tapped)
	if n := c.number(t, `SELECT count(*) FROM punches WHERE profile = ?`, anna); n != 1 {
		t.Errorf("%d punches", n)
	}

	g := newGate(t)
	yes := g.says(true)
	if err := g.RevokeTablet(t.Context(), g.admin.Actor(), g.p.from.Device); err != nil {
		t.Fatal(err)
	}
	g.comesTo(yes, invite.AnswerUnproven, invite.Asked)
}

// A tablet answers for the people of its site and for nobody else's.
func TestATabletAnswersForItsSiteOnly(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	row := g.says(true)
	south := g.pen(t, g.admin.Org, g.south.ID)
	south.now = func() time.Time { return g.clock.now() }
	forged := south.writeRaw(row.Kind, row.Payload)
	g.deliver(t, south, forged)
	if m, _ := g.stands(t, g.there.ID); m != invite.Asked {
		t.Errorf("somebody of another site is %s", m)
	}
	if told := g.told(); told.GetOutcome() != string(invite.AnswerUnproven) {
		t.Errorf("told %v", told)
	}
	g.comesTo(row, invite.AnswerJoined, invite.Accepted)
}

// More than somebody said yes to are not decided: a punch that a tablet sent before the
// page was made may be stored after.
func TestK29NoMoreThanSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.punchOffline(anna.ID), p.punchOffline(anna.ID))
	d := attendance.Decision{Verdict: attendance.Approved, All: true, Most: 1}
	if _, err := w.DecidePunches(t.Context(), w.admin.Actor(), d); !errors.Is(err, access.ErrConflict) {
		t.Errorf("%v", err)
	}
	if n := w.undecided(t, w.admin.Actor()); n != 2 {
		t.Errorf("%d wait", n)
	}
	d.Most = 2
	if out := must(w.DecidePunches(t.Context(), w.admin.Actor(), d))(t); out.Changed != 2 {
		t.Errorf("%+v", out)
	}
}
