package store

import (
	"slices"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// gate is a tablet of the first site, with somebody in front of it who has an
// account elsewhere and is asked to join.
type gate struct {
	*world
	t     *testing.T
	p     *pen
	olga  invite.Self // at home
	there attendance.Profile
	card  attendance.CardID
}

func newGate(t *testing.T) *gate {
	t.Helper()
	w := newWorld(t)
	g := &gate{world: w, t: t, olga: w.olga(t, "olga@other.example")}
	g.there = w.add(t, w.managerNorth, "olga@other.example")
	g.p = w.pen(t, w.admin.Org, w.north.ID)
	g.card = w.cardOf(t.Context(), t, w.admin.Org, []byte{4, 1, 2, 3})
	if err := w.AssignCard(t.Context(), w.managerNorth.Actor(), g.there.ID, g.card, ""); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Minute)
	return g
}

// told is what the site's tablets know of her.
func (g *gate) told() *wire.Invitation {
	g.t.Helper()
	var last *wire.Invitation
	for _, c := range must(g.SitePage(g.t.Context(), g.north.ID, 0, 1<<20))(g.t).GetChanges() {
		if p := c.GetProfile(); p.GetId() == string(g.there.ID) {
			last = p.GetInvitation()
		}
	}
	return last
}

// says writes what she answers now to the question that the tablets know.
func (g *gate) says(join bool) device.Row {
	return g.answers(join, g.told().GetAskedUs(), g.clock.now())
}

func (g *gate) answers(join bool, asked int64, at time.Time) device.Row {
	g.p.now = func() time.Time { return at }
	return g.p.write(device.KindAnswer, &wire.AnswerPayload{ProfileId: string(g.there.ID), CardId: string(g.card), AskedUs: asked, Join: join})
}

// comesTo delivers a row and holds what became of it.
func (g *gate) comesTo(r device.Row, outcome invite.AnswerOutcome, m invite.Membership) {
	g.t.Helper()
	for range 2 { // delivering again changes nothing
		g.deliver(g.t, g.p, r)
		got, _ := g.stands(g.t, g.there.ID)
		if told := g.told(); got != m || told.GetOutcome() != string(outcome) || told.GetAnswerId() != r.ID.String() {
			g.t.Errorf("stands %s, told %v; want %s, %s", got, told, m, outcome)
		}
	}
	if q := g.reasons(g.t, g.p); len(q) > 0 {
		g.t.Errorf("in quarantine for %v", q)
	}
}

func TestL14ATabletIsToldWhoIsAsked(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if told := g.told(); !told.GetOpen() || told.GetDeclined() || told.GetAskedUs() == 0 || told.GetAnswerId() != "" {
		t.Errorf("tablets are told %v", told)
	}
	other := g.person(t, "Anna", "Berg", g.north.ID)
	for _, c := range must(g.SitePage(t.Context(), g.north.ID, 0, 1<<20))(t).GetChanges() {
		if p := c.GetProfile(); p.GetId() == string(other.ID) && p.GetInvitation() != nil {
			t.Errorf("of somebody whom nobody asked: %v", p)
		}
	}
	// A change of something else takes nothing away.
	if err := g.ChangeProfile(t.Context(), g.admin.Actor(), attendance.Profile{ID: g.there.ID, LastName: "Other"}, []attendance.SiteID{g.north.ID, g.south.ID}); err != nil {
		t.Fatal(err)
	}
	if !g.told().GetOpen() {
		t.Error("after a change of the name tablets know of no invitation")
	}
	south := must(g.SitePage(t.Context(), g.south.ID, 0, 1<<20))(t).GetChanges()
	if !slices.ContainsFunc(south, func(c *wire.Change) bool { return c.GetProfile().GetInvitation().GetOpen() }) {
		t.Error("a further site's tablets know of no invitation")
	}
}

func TestL14JoinAtATablet(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.comesTo(g.says(true), invite.AnswerJoined, invite.Accepted)
	// It is a membership as by an admin: the account is hers to open from her own.
	s, ok := standingIn(t, g.world, g.olga, g.admin.Org)
	if !ok || !s.Opens() || s.State.SignsIn() {
		t.Fatalf("she sees %+v, %v", s, ok)
	}
	must(g.Enter(t.Context(), g.olga, g.there.ID))(t)
	if g.told().GetOpen() {
		t.Error("tablets go on asking")
	}
}

// Whoever gives out cards gets nowhere by answering for somebody.
func TestL14ACardTiesNoAccounts(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.comesTo(g.says(true), invite.AnswerJoined, invite.Accepted)
	if n := g.number(t, `SELECT count(*) FROM accounts WHERE profile = ?`, g.there.ID); n != 0 {
		t.Error("the card made an account")
	}
	given := must(g.HandOut(t.Context(), g.admin.Actor(), g.there.ID))(t)
	fake := must(g.SignIn(t.Context(), given.Person.Number, given.Code))(t).Self
	must(g.ChooseOwnPassword(t.Context(), fake, "yet another horse battery"))(t)
	for _, s := range must(g.Standings(t.Context(), fake))(t) {
		if s.Self.Org == g.stranger.Org {
			t.Error("whoever holds the code learns where else she is")
		}
	}
}

func TestL15DeclineAndThenJoinAfterAll(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.comesTo(g.says(false), invite.AnswerDeclined, invite.Rejected)
	if told := g.told(); !told.GetOpen() || !told.GetDeclined() {
		t.Errorf("after a no tablets are told %v", told)
	}
	g.comesTo(g.says(true), invite.AnswerJoined, invite.Accepted)
}

// Both were said at a tablet that was offline, to the same question.
func TestL15BothAnswersOfflineTheLastCounts(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asked, at := g.told().GetAskedUs(), g.clock.now()
	no, yes := g.answers(false, asked, at), g.answers(true, asked, at.Add(time.Minute))
	g.clock.forward(48 * time.Hour)
	g.deliver(t, g.p, no, yes)
	if m, _ := g.stands(t, g.there.ID); m != invite.Accepted {
		t.Errorf("stands %s", m)
	}
}

func TestL15LateAnswers(t *testing.T) {
	t.Parallel()
	portal := func(g *gate, yes bool) {
		if _, err := g.AnswerMembership(g.t.Context(), g.olga, g.there.ID, yes); err != nil {
			g.t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		join    bool
		before  func(*gate) // after the answer was given, before it arrives
		outcome invite.AnswerOutcome
		stands  invite.Membership
	}{
		"joined in the portal":                {true, func(g *gate) { portal(g, true) }, invite.AnswerJoined, invite.Accepted},
		"declined there, joined here earlier": {true, func(g *gate) { portal(g, false) }, invite.AnswerOvertaken, invite.Rejected},
		"joined there, declined here":         {false, func(g *gate) { portal(g, true) }, invite.AnswerOvertaken, invite.Accepted},
		"declined both":                       {false, func(g *gate) { portal(g, false) }, invite.AnswerDeclined, invite.Rejected},
		"asked again": {true, func(g *gate) {
			portal(g, false)
			must(g.AddAgain(g.t.Context(), g.managerNorth.Actor(), g.there.ID))(g.t)
		}, invite.AnswerAskedAnew, invite.Asked},
		"admitted": {false, func(g *gate) { must(g.AddAgain(g.t.Context(), g.admin.Actor(), g.there.ID))(g.t) }, invite.AnswerOvertaken, invite.Accepted},
		"account ended": {true, func(g *gate) {
			if err := g.DeactivateAccount(g.t.Context(), g.admin.Actor(), g.there.ID); err != nil {
				g.t.Fatal(err)
			}
		}, invite.AnswerWithdrawn, invite.Asked},
		"card blocked": {true, func(g *gate) {
			if err := g.BlockCard(g.t.Context(), g.admin.Actor(), g.there.ID, g.card, true); err != nil {
				g.t.Fatal(err)
			}
		}, invite.AnswerUnproven, invite.Asked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			row := g.says(c.join)
			g.clock.forward(time.Hour)
			c.before(g)
			g.comesTo(row, c.outcome, c.stands)
		})
	}
}

// A yes that was said after a no in the portal needs a seat; so does the portal's.
func TestL15AYesAfterANoNeedsASeat(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asked := g.told().GetAskedUs()
	if _, err := g.AnswerMembership(t.Context(), g.olga, g.there.ID, false); err != nil {
		t.Fatal(err)
	}
	g.person(t, "Anna", "Berg", g.north.ID)
	if err := g.SetLicence(t.Context(), g.admin.Org, invite.Licence{Type: invite.Team, Seats: 1}); err != nil {
		t.Fatal(err)
	}
	g.clock.forward(time.Hour)
	g.comesTo(g.answers(true, asked, g.clock.now()), invite.AnswerNoSeat, invite.Rejected)
}

// Who was taken out of the roster is nobody's news any more; the row is kept all
// the same.
func TestL15AnswerOfSomebodyWhoIsGone(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	row := g.says(true)
	if err := g.RemoveProfile(t.Context(), g.admin.Actor(), g.there.ID); err != nil {
		t.Fatal(err)
	}
	g.deliver(t, g.p, row)
	if q := g.reasons(t, g.p); len(q) > 0 {
		t.Errorf("in quarantine for %v", q)
	}
	if m, _ := g.stands(t, g.there.ID); m == invite.Accepted {
		t.Error("somebody who was removed joins")
	}
}

func TestL15AnswersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	foreign := must(g.AddProfile(t.Context(), g.stranger.Actor(), attendance.Profile{LastName: "Foreign"}, []attendance.SiteID{g.elsewhere.ID}))(t)
	asked := g.told().GetAskedUs()
	rows := []device.Row{
		g.p.write(device.KindAnswer, &wire.AnswerPayload{ProfileId: string(foreign.ID), CardId: string(g.card), AskedUs: asked, Join: true}),
		g.p.write(device.KindAnswer, &wire.AnswerPayload{ProfileId: "nobody", CardId: string(g.card), AskedUs: asked, Join: true}),
		g.p.write(device.KindAnswer, &wire.AnswerPayload{ProfileId: string(g.there.ID), CardId: "card", AskedUs: asked, Join: true}),
		g.p.write(device.KindAnswer, &wire.AnswerPayload{ProfileId: string(g.there.ID), CardId: string(g.card), AskedUs: -1 << 62, Join: true}),
	}
	g.deliver(t, g.p, rows...)
	if got, want := g.reasons(t, g.p), []string{"unknown-profile", "unknown-profile", "malformed-card"}; !slices.Equal(got, want) {
		t.Errorf("in quarantine for %v, want %v", got, want)
	}
	if m, _ := g.stands(t, g.there.ID); m != invite.Asked {
		t.Errorf("stands %s", m)
	}
}
