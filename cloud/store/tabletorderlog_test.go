package store

import (
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

func (c *counter) refusals() []access.AuditEntry {
	c.t.Helper()
	return must(c.AuditLog(c.t.Context(), c.admin.Actor(), access.AuditQuery{Action: "refuse-order", Limit: 1000}))(c.t).Entries
}

// An order that is refused is noted: in whose name it was given, for whom, why, and at
// which tablet.
func TestK12RefusedOrdersAreNoted(t *testing.T) {
	t.Parallel()
	for why, how := range map[string]func(c *counter){
		"role": func(c *counter) { u := c.account; u.Role = access.Viewer; c.change(u) },
		"account": func(c *counter) {
			u := c.account
			u.Number = ""
			c.change(u)
		},
		"card": func(c *counter) {
			if err := c.BlockCard(t.Context(), c.admin.Actor(), c.tim.ID, c.card, true); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(why, func(t *testing.T) {
			c := newCounter(t)
			anna := c.silentPerson("anna@example.com", c.north.ID)
			how(c)
			c.clock.forward(time.Minute)
			c.comesTo(c.order(invite.Invite, anna), anna, invite.FateForbidden)
			all := c.refusals()
			if len(all) != 1 {
				t.Fatalf("%+v", all)
			}
			e := all[0]
			if e.Person != anna || e.Via != access.ViaTablet || e.Token == "" || !strings.HasPrefix(e.Subject, string(anna)+"/"+why+"/"+string(c.tim.ID)) {
				t.Errorf("%+v", e)
			}
			if (e.User == c.account.ID) != (why != "account") {
				t.Errorf("in the name of %q", e.User)
			}
		})
	}
}

// Who isn't at the tablet's site is noted too; the others of the order are asked.
func TestK12OrdersForPeopleElsewhereAreNoted(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	here, there := c.silentPerson("a@example.com", c.north.ID), c.silentPerson("b@example.com", c.south.ID)
	strange := must(c.AddProfile(t.Context(), c.stranger.Actor(), attendance.Profile{LastName: "Strange"}, []attendance.SiteID{c.elsewhere.ID}))(t)
	c.comesTo(c.order(invite.Invite, here, there, strange.ID), here, invite.FateQueued)
	noted := map[attendance.ProfileID]bool{}
	for _, e := range c.refusals() {
		if !strings.Contains(e.Subject, "/elsewhere/") {
			t.Errorf("%+v", e)
		}
		noted[e.Person] = true
	}
	if len(noted) != 2 || !noted[there] || !noted[""] {
		t.Errorf("noted: %v", noted) // who is of another organisation is nobody here
	}
}

// A tablet that was taken over fills neither the log nor the list of orders.
func TestK12AHostileTabletFillsNoLog(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	var people []attendance.ProfileID
	for range 12 {
		people = append(people, c.person(t, "Mute", "Berg", c.north.ID).ID)
	}
	before := c.audited(t)
	for range ordersDay + 20 {
		c.clock.forward(time.Second)
		c.deliver(t, c.p, c.order(invite.Invite, people...))
	}
	if n := len(must(c.Batches(t.Context(), c.admin.Actor(), 500))(t)); n != ordersDay {
		t.Errorf("%d orders", n)
	}
	all := c.refusals()
	if len(all) != notedDay+1 || !strings.HasSuffix(all[0].Subject, "/more") {
		t.Errorf("%d lines, the last %+v", len(all), all[0])
	}
	if n := c.audited(t) - before; n != ordersDay+notedDay+1 {
		t.Errorf("%d lines", n)
	}
	// The next day it is heard again.
	c.clock.forward(ordersCount)
	anna := c.silentPerson("anna@example.com", c.north.ID)
	c.comesTo(c.order(invite.Invite, anna), anna, invite.FateQueued)
}
