package store

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// counter is a tablet of the first site with a manager's card in front of it.
type counter struct {
	*world
	t       *testing.T
	p       *pen
	tim     attendance.Profile // whose account managerNorth is
	card    attendance.CardID
	account access.User
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	w := newWorld(t)
	c := &counter{world: w, t: t, account: w.managerNorth}
	c.tim = w.person(t, "Tim", "Berger", w.north.ID)
	c.account.Number = c.tim.Number
	c.change(c.account)
	c.p = w.pen(t, w.admin.Org, w.north.ID)
	c.card = w.cardOf(t.Context(), t, w.admin.Org, []byte{4, 1, 2, 3})
	if err := w.AssignCard(t.Context(), w.admin.Actor(), c.tim.ID, c.card, ""); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Minute)
	return c
}

func (c *counter) change(u access.User) {
	c.t.Helper()
	if err := c.ChangeUser(c.t.Context(), c.admin.Actor(), u); err != nil {
		c.t.Fatal(err)
	}
}

// told is what a site's tablets know of somebody, after the cloud has looked.
func (c *counter) told(site attendance.SiteID, id attendance.ProfileID) *wire.Profile {
	c.t.Helper()
	c.sweep()
	var last *wire.Profile
	for _, change := range must(c.SitePage(c.t.Context(), site, 0, 1<<20))(c.t).GetChanges() {
		if p := change.GetProfile(); p.GetId() == string(id) {
			last = p
		}
	}
	return last
}

// sweep tells tablets of everybody.
func (c *counter) sweep() (n int) {
	c.t.Helper()
	for {
		more := must(c.TellPending(c.t.Context(), 2))(c.t)
		if n += more; more == 0 {
			return n
		}
	}
}

// order writes what the manager asks for now.
func (c *counter) order(e invite.Event, people ...attendance.ProfileID) device.Row {
	c.t.Helper()
	return c.orderAt(c.clock.now(), e, people...)
}

func (c *counter) orderAt(at time.Time, e invite.Event, people ...attendance.ProfileID) device.Row {
	c.p.now = func() time.Time { return at }
	return c.p.write(device.KindOrder, c.payload(e, people...))
}

func (c *counter) payload(e invite.Event, people ...attendance.ProfileID) *wire.OrderPayload {
	m := &wire.OrderPayload{ManagerId: string(c.tim.ID), UserId: string(c.account.ID), CardId: string(c.card), Event: string(e)}
	for _, p := range people {
		m.ProfileIds = append(m.ProfileIds, string(p))
	}
	return m
}

// comesTo delivers a row twice and holds what became of it for somebody.
func (c *counter) comesTo(r device.Row, id attendance.ProfileID, fate invite.Fate) {
	c.t.Helper()
	for range 2 {
		c.deliver(c.t, c.p, r)
		if m := c.told(c.north.ID, id).GetPending(); m.GetOrderId() != r.ID.String() || m.GetFate() != string(fate) || m.GetDealtUs() == 0 {
			c.t.Errorf("told %v; want %s", m, fate)
		}
	}
	if q := c.reasons(c.t, c.p); len(q) > 0 {
		c.t.Errorf("in quarantine for %v", q)
	}
}

// silentPerson adds somebody who can be mailed.
func (c *counter) silentPerson(email string, sites ...attendance.SiteID) attendance.ProfileID {
	c.t.Helper()
	p := c.person(c.t, "Anna", "Berg", sites...)
	c.place(c.t, p.ID, silent, invite.Contact{Email: email}, time.Time{})
	return p.ID
}

// An order at a tablet is an order of the manager's, noted with the tablet; delivered
// again it is the same one.
func TestK4K12AnOrderAtATablet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	anna, mute := c.silentPerson("anna@example.com", c.north.ID), c.person(t, "Bo", "Ng", c.north.ID).ID
	r := c.order(invite.Invite, anna, mute)
	c.clock.forward(time.Hour)
	c.comesTo(r, anna, invite.FateQueued)
	c.comesTo(r, mute, invite.Fate(invite.NoContact))
	all := must(c.Batches(t.Context(), c.managerNorth.Actor(), 10))(t)
	if len(all) != 1 || all[0].Queued != 1 || all[0].By != string(c.account.ID) {
		t.Fatalf("orders %+v", all)
	}
	log := must(c.AuditLog(t.Context(), c.admin.Actor(), access.AuditQuery{Action: "ask"}))(t)
	if len(log.Entries) != 1 || log.Entries[0].User != c.account.ID || log.Entries[0].Via != access.ViaTablet || log.Entries[0].Token == "" {
		t.Errorf("the log says %+v", log.Entries)
	}
}

// Who may not gets nothing done by it: each person's fate says so.
func TestK12OrdersOfWhoMayNot(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		what string
		how  func(c *counter)
	}{
		{"a viewer", func(c *counter) { u := c.account; u.Role = access.Viewer; c.change(u) }},
		{"disabled", func(c *counter) { u := c.account; u.Disabled = true; c.change(u) }},
		{"a manager of another site by now", func(c *counter) { u := c.account; u.Sites = []attendance.SiteID{c.south.ID}; c.change(u) }},
		{"an account that is nobody's", func(c *counter) { u := c.account; u.Number = ""; c.change(u) }},
		{"another's account", func(c *counter) { c.account = c.admin }},
		{"another's card", func(c *counter) {
			c.card = c.cardOf(t.Context(), c.t, c.admin.Org, []byte{4, 9, 9, 9})
			if err := c.AssignCard(c.t.Context(), c.admin.Actor(), c.person(c.t, "Eva", "Lang", c.north.ID).ID, c.card, ""); err != nil {
				c.t.Fatal(err)
			}
		}},
		{"a blocked card", func(c *counter) {
			if err := c.BlockCard(c.t.Context(), c.admin.Actor(), c.tim.ID, c.card, true); err != nil {
				c.t.Fatal(err)
			}
		}},
	} {
		t.Run(v.what, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			anna := c.silentPerson("anna@example.com", c.north.ID)
			v.how(c)
			c.clock.forward(time.Minute)
			c.comesTo(c.order(invite.Invite, anna), anna, invite.FateForbidden)
			if p := c.invitation(t, anna); p.State != silent {
				t.Errorf("she is %+v", p.State)
			}
		})
	}
}

// An admin at a tablet reaches whom its site has and nobody else: a tablet that was
// taken over can't ask the whole organisation, nor people of another.
func TestK12OrdersReachTheSiteOnly(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	admin := c.admin
	admin.Number = c.tim.Number
	freed := c.account
	freed.Number = ""
	c.change(freed)
	c.change(admin)
	c.account = admin
	here, there := c.silentPerson("a@example.com", c.north.ID), c.silentPerson("b@example.com", c.south.ID)
	strange := must(c.AddProfile(t.Context(), c.stranger.Actor(), attendance.Profile{LastName: "Strange"}, []attendance.SiteID{c.elsewhere.ID}))(t)
	c.place(t, strange.ID, silent, invite.Contact{Email: "c@example.com"}, time.Time{})
	c.comesTo(c.order(invite.Invite, here, there, strange.ID), here, invite.FateQueued)
	if m := c.told(c.south.ID, there).GetPending(); m.GetOrderId() != "" || m.GetAccount() != "inactive" {
		t.Errorf("of another site's: told %v", m)
	}
	if m := c.told(c.elsewhere.ID, strange.ID).GetPending(); m.GetOrderId() != "" || m.GetAccount() != "inactive" {
		t.Errorf("of another organisation's: told %v", m)
	}
}

// An order is held to the rules at the moment when it was given, too: one that was
// too soon then doesn't become right by having been under way for long, and after a
// week it has lost its meaning.
func TestK12BothMomentsCount(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	invited := invite.State{Account: invite.Invited, Delivery: invite.Sent, Membership: invite.Accepted}
	for _, v := range []struct {
		messaged, asked time.Duration // ago
		fate            invite.Fate
	}{
		{50 * time.Hour, 10 * time.Hour, invite.FateQueued},
		{30 * time.Hour, 10 * time.Hour, invite.Fate(invite.CameTooLate)},
		{26 * time.Hour, 28 * time.Hour, invite.Fate(invite.CameTooLate)},
		{20 * time.Hour, 30 * time.Minute, invite.Fate(invite.ChasedAlready)},
		{30 * 24 * time.Hour, 8 * 24 * time.Hour, invite.Fate(invite.CameTooLate)},
	} {
		c.clock.forward(10 * 24 * time.Hour) // the manager had the card all that time
		contact := invite.Contact{Email: attendance.NewID[string]() + "@example.com"}
		anna := c.silentPerson(contact.Email, c.north.ID)
		now := c.clock.now()
		c.place(t, anna, invited, contact, now.Add(-v.messaged))
		c.comesTo(c.orderAt(now.Add(-v.asked), invite.Chase, anna), anna, v.fate)
	}
}

// What can't be read goes to quarantine and asks nobody.
func TestUnreadableOrders(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	anna := c.silentPerson("anna@example.com", c.north.ID)
	many := make([]attendance.ProfileID, device.MaxOrder+1)
	for i := range many {
		many[i] = attendance.NewID[attendance.ProfileID]()
	}
	for i, m := range []*wire.OrderPayload{
		c.payload(invite.Invite), c.payload(invite.HandOut, anna), c.payload("", anna), c.payload(invite.Invite, "no id"), c.payload(invite.Invite, many...),
		func() *wire.OrderPayload { m := c.payload(invite.Invite, anna); m.CardId = "no card"; return m }(),
		func() *wire.OrderPayload { m := c.payload(invite.Invite, anna); m.ManagerId = "nobody"; return m }(),
	} {
		c.deliver(t, c.p, c.p.write(device.KindOrder, m))
		if q := c.reasons(t, c.p); len(q) != i+1 {
			t.Errorf("order %d: in quarantine for %v", i, q)
		}
	}
	if p := c.invitation(t, anna); p.State != silent {
		t.Errorf("she is %+v", p.State)
	}
}

// K9, K12: whatever the console and tablets ask for, in whatever order it arrives,
// late, twice or from the future, nobody is sent two messages within 24 hours.
func TestK12NeverTwoMessagesWithinADay(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	rapid.Check(t, func(r *rapid.T) {
		anna := c.silentPerson(attendance.NewID[string]()+"@example.com", c.north.ID)
		var late []device.Row
		var sent time.Time
		for range rapid.IntRange(3, 12).Draw(r, "steps") {
			c.clock.forward(time.Duration(rapid.IntRange(0, 30).Draw(r, "hours")) * time.Hour)
			before := c.invitation(t, anna)
			switch rapid.SampledFrom([]string{"console", "tablet", "arrives", "again", "goes out"}).Draw(r, "what") {
			case "console":
				must(c.Ask(t.Context(), c.managerNorth.Actor(), invite.Order{To: only(anna)}))(t)
			case "tablet":
				ahead := time.Duration(rapid.IntRange(-3, 3).Draw(r, "clock")) * time.Hour
				late = append(late, c.orderAt(c.clock.now().Add(ahead), rapid.SampledFrom([]invite.Event{invite.Invite, invite.Chase}).Draw(r, "event"), anna))
			case "arrives":
				for _, row := range late {
					c.deliver(t, c.p, row)
				}
			case "again":
				if len(late) > 0 {
					c.deliver(t, c.p, late[len(late)-1])
				}
			case "goes out":
				if before.State.Delivery == invite.Queued {
					s := before.State
					s.Delivery = invite.Sent
					c.place(t, anna, s, before.Contact, before.Chases.Last)
				}
			}
			after := c.invitation(t, anna)
			if after.Chases.Last.Equal(before.Chases.Last) {
				continue
			}
			if !sent.IsZero() && c.clock.now().Sub(sent) < invite.ChaseEvery {
				r.Fatalf("a message %v after the one before", c.clock.now().Sub(sent))
			}
			sent = c.clock.now()
		}
	})
}
