package store

import (
	"slices"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Tablets know of everybody of their site who is still to be activated how far they
// are, and forget it when they are active; of each person again at each change that
// matters there, and at no other.
func TestK1TabletsAreToldWhoIsPending(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	anna := c.silentPerson("anna@example.com", c.north.ID, c.south.ID)
	for _, site := range []attendance.SiteID{c.north.ID, c.south.ID} {
		if m := c.told(site, anna).GetPending(); m.GetAccount() != "inactive" || m.GetDelivery() != "none" || m.GetChannel() != "email" || m.GetLastUs() != 0 {
			t.Errorf("silent: told %v", m)
		}
	}
	if n := c.sweep(); n != 0 {
		t.Errorf("%d people are told of again though nothing has changed", n)
	}
	must(c.Ask(t.Context(), c.admin.Actor(), invite.Order{To: only(anna)}))(t)
	for _, site := range []attendance.SiteID{c.north.ID, c.south.ID} {
		if m := c.told(site, anna).GetPending(); m.GetAccount() != "invited" || m.GetDelivery() != "queued" || c.clock.now().Sub(fromMicros(m.GetLastUs())) > time.Second {
			t.Errorf("asked: told %v", m)
		}
	}
	messaged := c.clock.now()
	for _, s := range []struct {
		state invite.State
		tells bool
	}{
		{invite.State{Account: invite.Invited, Delivery: invite.Delivered, Membership: invite.Accepted}, true},
		{invite.State{Account: invite.Invited, Delivery: invite.Opened, Membership: invite.Accepted}, false},
		{invite.State{Account: invite.Claiming, Delivery: invite.Opened, Membership: invite.Accepted}, true},
	} {
		c.place(t, anna, s.state, invite.Contact{Email: "anna@example.com"}, messaged)
		if n := c.sweep(); (n > 0) != s.tells {
			t.Errorf("%+v: %d people are told of", s.state, n)
		}
		if m := c.told(c.south.ID, anna).GetPending(); m.GetAccount() != string(s.state.Account) || m.GetDelivery() != "sent" {
			t.Errorf("%+v: told %v", s.state, m)
		}
	}
	// Another change of the person takes nothing away.
	if err := c.ChangeProfile(t.Context(), c.admin.Actor(), attendance.Profile{ID: anna, LastName: "Other"}, []attendance.SiteID{c.north.ID, c.south.ID}); err != nil {
		t.Fatal(err)
	}
	if m := c.told(c.north.ID, anna); m.GetLastName() != "Other" || m.GetPending().GetAccount() != "claiming" {
		t.Errorf("after a change of the name: told %v", m)
	}
	for _, s := range []invite.State{
		{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Accepted},
		{Account: invite.Inactive, Delivery: invite.None, Membership: invite.Outside},
		{Account: invite.Deactivated, Delivery: invite.Revoked, Membership: invite.Accepted},
	} {
		c.place(t, anna, silent, invite.Contact{Phone: "+4915112345678"}, time.Time{})
		if m := c.told(c.north.ID, anna).GetPending(); m.GetChannel() != "handout" || m.GetReason() != "not-configured" {
			t.Errorf("with a phone only: told %v", m)
		}
		c.place(t, anna, s, invite.Contact{}, time.Time{})
		if m := c.told(c.north.ID, anna); m == nil || m.GetPending() != nil {
			t.Errorf("%+v: told %v", s, m)
		}
	}
}

// What the organisation decides about SMS tells tablets anew who can be reached.
func TestP7TabletsAreToldWhomAnSMSWouldReach(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	SMS(true)(c.Store)
	anna := c.silentPerson("", c.north.ID)
	c.place(t, anna, silent, invite.Contact{Phone: "+4915112345678"}, time.Time{})
	for _, p := range []struct {
		sms, emailOnly  bool
		channel, reason string
	}{{false, false, "handout", "not-configured"}, {true, false, "sms", ""}, {true, true, "handout", "email-only"}, {true, false, "sms", ""}} {
		policy := invite.DefaultPolicy
		policy.SMS, policy.EmailOnly = p.sms, p.emailOnly
		if err := c.SetPolicy(t.Context(), c.admin.Actor(), policy); err != nil {
			t.Fatal(err)
		}
		if m := c.told(c.north.ID, anna).GetPending(); m.GetChannel() != p.channel || m.GetReason() != p.reason {
			t.Errorf("%+v: told %v", p, m)
		}
	}
}

// A new site learns of somebody what the others know; and it isn't forgotten that
// those still have to be told.
func TestK1AFurtherSiteIsToldToo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	anna := c.silentPerson("anna@example.com", c.north.ID)
	c.sweep()
	c.place(t, anna, invite.State{Account: invite.Invited, Delivery: invite.Sent, Membership: invite.Accepted}, invite.Contact{Email: "anna@example.com"}, c.clock.now())
	if err := c.ChangeProfile(t.Context(), c.admin.Actor(), must(c.Member(t.Context(), c.admin.Actor(), anna))(t).Profile, []attendance.SiteID{c.north.ID, c.south.ID}); err != nil {
		t.Fatal(err)
	}
	c.place(t, anna, silent, invite.Contact{Email: "anna@example.com"}, time.Time{}) // as before
	for _, site := range []attendance.SiteID{c.north.ID, c.south.ID} {
		if m := c.told(site, anna).GetPending(); m.GetAccount() != "inactive" {
			t.Errorf("told %v", m)
		}
	}
}

// Whose account a card opens is what an administrator said, at the sites where both
// are, and not after that has ended.
func TestK3TabletsAreToldWhoManages(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	m := c.told(c.north.ID, c.tim.ID).GetManager()
	if m.GetUserId() != string(c.account.ID) || m.GetRole() != "site-manager" || !slices.Equal(m.GetSites(), []string{string(c.north.ID)}) {
		t.Fatalf("told %v", m)
	}
	viewer := c.account
	viewer.Role = access.Viewer
	c.change(viewer)
	if m := c.told(c.north.ID, c.tim.ID).GetManager(); m.GetRole() != "viewer" {
		t.Errorf("a viewer by now: told %v", m)
	}
	away := c.account
	away.Sites = []attendance.SiteID{c.south.ID}
	c.change(away)
	if m := c.told(c.north.ID, c.tim.ID).GetManager(); len(m.GetSites()) != 0 {
		t.Errorf("manager of another site by now: told %v", m)
	}
	ended := c.account
	ended.Disabled = true
	c.change(ended)
	if m := c.told(c.north.ID, c.tim.ID).GetManager(); m != nil {
		t.Errorf("disabled: told %v", m)
	}
	// One account a person, one person an account.
	eva := c.person(t, "Eva", "Lang", c.north.ID)
	c.change(c.account)
	taken := c.managerSouth
	taken.Number = c.tim.Number
	if err := c.ChangeUser(t.Context(), c.admin.Actor(), taken); !isInvalid(err, "number", access.Taken) {
		t.Errorf("a second account of a person: %v", err)
	}
	unknown := c.account
	unknown.Number = "nobody-has-it"
	if err := c.ChangeUser(t.Context(), c.admin.Actor(), unknown); !isInvalid(err, "number", access.Unknown) {
		t.Errorf("nobody's account: %v", err)
	}
	hers := c.account
	hers.Number = eva.Number
	c.change(hers)
	if c.told(c.north.ID, c.tim.ID).GetManager() != nil || c.told(c.north.ID, eva.ID).GetManager() == nil {
		t.Error("the account is another's by now, and tablets don't know")
	}
	if u := must(c.User(t.Context(), c.account.ID))(t); u.Number != eva.Number {
		t.Errorf("the account is %q's", u.Number)
	}
}

func isInvalid(err error, field, problem string) bool {
	i, ok := err.(access.Invalid)
	return ok && i.Field == field && i.Problem == problem
}
