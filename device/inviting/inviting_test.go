package inviting_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/device/inviting"
	"muster/device/journal"
	"muster/device/store"
	"muster/invite"
	"muster/sync/wire"
)

var (
	site  = attendance.NewID[attendance.SiteID]()
	other = attendance.NewID[attendance.SiteID]()
	card  = attendance.CardID("5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e")
)

// room is a desk over a real store, in a folder that outlives it.
type room struct {
	t   *testing.T
	dir string
	*store.Store
	*inviting.Desk
	version uint64
}

func open(t *testing.T, dir string) *room {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	identity, known, _ := s.Identity(t.Context())
	if !known {
		identity = device.Identity{Device: attendance.NewID[attendance.DeviceID](), Org: attendance.NewID[attendance.OrgID](), Site: site}
		if err := s.Activate(t.Context(), device.Grant{Identity: identity}); err != nil {
			t.Fatal(err)
		}
	}
	system, err := journal.OpenSystem()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), s, journal.NewClock(system, device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	return &room{t: t, dir: dir, Store: s, Desk: inviting.New(j, s, identity)}
}

// again is the room after the tablet was started anew.
func (r *room) again() *room {
	r.t.Helper()
	if err := r.Close(); err != nil {
		r.t.Fatal(err)
	}
	next := open(r.t, r.dir)
	next.version = r.version
	return next
}

// told has the feed tell of people.
func (r *room) told(people ...attendance.Profile) {
	r.t.Helper()
	u := device.RosterUpdate{At: time.Now()}
	for i := range people {
		u.Changes = append(u.Changes, device.RosterChange{Profile: &people[i]})
	}
	r.version += uint64(len(people))
	u.To = device.FeedPosition{Epoch: "e", Version: r.version, Urgent: r.version, People: r.version}
	if err := r.ApplyFeed(r.t.Context(), u); err != nil {
		r.t.Fatal(err)
	}
}

// orders are those that wait for the cloud, with the ids of their rows.
func (r *room) orders() (ids []string, all []*wire.OrderPayload) {
	r.t.Helper()
	head, err := r.Head(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	rows, err := r.Unconfirmed(r.t.Context(), 0, head.Seq, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		m := new(wire.OrderPayload)
		if row.Kind != device.KindOrder || proto.Unmarshal(row.Payload, m) != nil {
			r.t.Fatalf("row %+v", row)
		}
		ids, all = append(ids, row.ID.String()), append(all, m)
	}
	return ids, all
}

func (r *room) ask(manager attendance.Profile, people ...attendance.Profile) []attendance.ProfileID {
	r.t.Helper()
	var ids []attendance.ProfileID
	for _, p := range people {
		ids = append(ids, p.ID)
	}
	asked, err := r.Ask(r.t.Context(), manager, card, ids)
	if err != nil {
		r.t.Fatal(err)
	}
	return asked
}

func (r *room) row(p attendance.Profile) inviting.Person {
	r.t.Helper()
	all := r.List(r.t.Context(), "")
	i := slices.IndexFunc(all, func(v inviting.Person) bool { return v.Profile.ID == p.ID })
	if i < 0 {
		r.t.Fatalf("%s is not on the list", p.Name())
	}
	return all[i]
}

func person(last string, p *attendance.Pending) attendance.Profile {
	return attendance.Profile{ID: attendance.NewID[attendance.ProfileID](), FirstName: "P", LastName: last, Pending: p}
}

func silent() *attendance.Pending {
	return &attendance.Pending{Account: "inactive", Delivery: "none", Membership: "accepted", Channel: "email"}
}

func invited(ago time.Duration) *attendance.Pending {
	return &attendance.Pending{Account: "invited", Delivery: "sent", Membership: "accepted", Channel: "email", Last: time.Now().Add(-ago)}
}

func managing(role access.Role, sites ...attendance.SiteID) attendance.Profile {
	p := person("Manager", nil)
	p.Manager = &attendance.Manager{User: string(attendance.NewID[access.UserID]()), Role: string(role), Sites: sites}
	return p
}

// Who may open the page at a tablet is who may invite its site's people in the
// console, and nobody else.
func TestK3WhoMayInviteAtATablet(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	blocked := managing(access.SiteManager, site)
	blocked.Blocked = true
	for _, c := range []struct {
		what string
		who  attendance.Profile
		may  bool
	}{
		{"a manager of the site", managing(access.SiteManager, other, site), true},
		{"an admin", managing(access.OrgAdmin), true},
		{"a manager of another site", managing(access.SiteManager, other), false},
		{"a viewer", managing(access.Viewer, site), false},
		{"a role of a newer cloud", managing("night-watch", site), false},
		{"an employee", person("Plain", nil), false},
		{"somebody blocked", blocked, false},
	} {
		actor, err := r.Manager(c.who)
		if (err == nil) != c.may {
			t.Errorf("%s: %v", c.what, err)
		}
		if c.may && (actor.Everywhere() || !actor.Sees(site) || actor.Sees(other) || string(actor.User) != c.who.Manager.User) {
			t.Errorf("%s acts as %+v", c.what, actor)
		}
		// The way to the page is there when somebody is pending and such a person is known.
		r.told(c.who)
		if open := r.Open(t.Context(), 1); open != c.may {
			t.Errorf("%s is known: the way there is %v", c.what, open)
		}
		if r.Open(t.Context(), 0) {
			t.Errorf("%s: nobody is pending, and the way is there", c.what)
		}
		if asked, err := r.Ask(t.Context(), c.who, card, nil); err == nil || asked != nil || errors.Is(err, access.ErrForbidden) == c.may {
			t.Errorf("%s asks for nobody: %v, %v", c.what, asked, err)
		}
		gone := c.who
		gone.Manager = nil
		r.told(gone)
	}
}

// The list says of each what may be asked for, or why nothing may.
func TestK1K9K21TheListSaysWhatMayBeAsked(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	unreachable := silent()
	unreachable.Channel, unreachable.Reason = "handout", "no-contact"
	people := []attendance.Profile{
		person("Abel", silent()), person("berg", invited(25*time.Hour)), person("Cohn", invited(23*time.Hour)), person("Dahl", unreachable),
		person("Active", nil),
	}
	r.told(people...)
	all := r.List(t.Context(), "")
	if len(all) != 4 || r.CountPending() != 4 {
		t.Fatalf("%d are on the list, %d pending", len(all), r.CountPending())
	}
	for i, want := range []struct {
		event  invite.Event
		hurdle invite.Obstacle
	}{{invite.Invite, ""}, {invite.Chase, ""}, {"", invite.ChasedAlready}, {"", "no-contact"}} {
		got := all[i]
		if got.Profile.ID != people[i].ID || got.Event != want.event || got.Hurdle != want.hurdle {
			t.Errorf("%s: %q, %q; want %q, %q", got.Profile.LastName, got.Event, got.Hurdle, want.event, want.hurdle)
		}
	}
	if again := all[2].Again; !again.Equal(people[2].Pending.Last.UTC().Add(24*time.Hour)) && again.Sub(people[2].Pending.Last.Add(24*time.Hour)).Abs() > time.Millisecond {
		t.Errorf("may be reminded again %v", again)
	}
	// Activated, they leave the list.
	people[0].Pending = nil
	r.told(people[0])
	if len(r.List(t.Context(), "")) != 3 || r.again().CountPending() != 3 {
		t.Error("somebody active is still on it")
	}
}

// An order is stored before the screen says so, counts as a message from then on,
// and holds over a power cut; what the cloud made of it is told for each.
func TestK12AnOrderHoldsUntilTheCloudHasDealtWithIt(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	tim := managing(access.SiteManager, site)
	anna, bo, chen, dora := person("Abel", silent()), person("Berg", invited(30*time.Hour)), person("Cohn", invited(time.Hour)), person("Dahl", silent())
	r.told(tim, anna, bo, chen, dora)
	if asked := r.ask(tim, anna, bo, chen); !slices.Equal(asked, []attendance.ProfileID{anna.ID, bo.ID}) {
		t.Errorf("asked for %v, want not who was messaged an hour ago", asked)
	}
	ids, all := r.orders()
	if len(all) != 2 || all[0].GetEvent() != "invite" || all[1].GetEvent() != "chase" || all[0].GetProfileIds()[0] != string(anna.ID) || all[1].GetProfileIds()[0] != string(bo.ID) {
		t.Fatalf("stored %v", all)
	}
	if o := all[0]; o.GetManagerId() != string(tim.ID) || o.GetUserId() != tim.Manager.User || o.GetCardId() != string(card) {
		t.Errorf("of whom: %v", o)
	}

	r = r.again()
	for _, p := range []attendance.Profile{anna, bo} {
		if v := r.row(p); !v.Waits || v.Event != "" || v.Hurdle != invite.WaitsAlready {
			t.Errorf("%s after a restart: %+v", p.LastName, v)
		}
	}
	if _, err := r.Ask(t.Context(), tim, card, []attendance.ProfileID{anna.ID, bo.ID}); !errors.Is(err, inviting.ErrNobody) {
		t.Errorf("a second order: %v", err)
	}
	if _, again := r.orders(); len(again) != 2 {
		t.Errorf("%d rows", len(again))
	}
	if f := r.Fates(t.Context(), []attendance.Profile{anna, bo, chen}); f[0].Fate != "" || f[1].Fate != "" || f[2].Fate != "" || f[0].Gone {
		t.Errorf("before the cloud said anything: %+v", f)
	}

	// The cloud tells: one goes out, the other was reminded in the console meanwhile.
	now := time.Now()
	annaNow, boNow := anna, bo
	annaNow.Pending = &attendance.Pending{Account: "invited", Delivery: "queued", Membership: "accepted", Channel: "email", Last: now, Order: ids[0], Fate: "queued", Dealt: now}
	boNow.Pending = &attendance.Pending{Account: "invited", Delivery: "sent", Membership: "accepted", Channel: "email", Last: now.Add(-time.Hour), Order: ids[1], Fate: "too-soon", Dealt: now}
	gone := dora
	gone.Pending = nil
	r.told(annaNow, boNow, gone)
	f := r.Fates(t.Context(), []attendance.Profile{anna, bo, dora})
	if f[0].Fate != invite.FateQueued || f[0].Again.Before(now.Add(23*time.Hour)) || f[1].Fate != invite.Fate(invite.ChasedAlready) || f[1].Again.Before(now.Add(22*time.Hour)) || !f[2].Gone {
		t.Errorf("told: %+v", f)
	}
	if v := r.row(bo); v.Waits || v.Hurdle != invite.ChasedAlready || v.Again.IsZero() {
		t.Errorf("then the list says %+v", v)
	}
}

// What another tablet asked for, or the console sent, later than this one ends the
// waiting here; an order that nobody dealt with for a week has lost its meaning.
func TestK12WhatCameLaterEndsTheWaiting(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	tim := managing(access.OrgAdmin)
	anna, bo := person("Abel", invited(30*time.Hour)), person("Berg", invited(30*time.Hour))
	r.told(tim, anna, bo)
	r.ask(tim, anna, bo)
	later := time.Now().Add(time.Second)
	anna.Pending = &attendance.Pending{Account: "invited", Delivery: "bounced", Membership: "accepted", Channel: "email", Order: "another", Fate: "queued", Dealt: later}
	bo.Pending = &attendance.Pending{Account: "invited", Delivery: "sent", Membership: "accepted", Channel: "email", Last: later}
	r.told(anna, bo)
	if v := r.row(anna); v.Waits || v.Event != invite.Chase {
		t.Errorf("dealt with by another tablet: %+v", v)
	}
	if v := r.row(bo); v.Waits || v.Hurdle != invite.ChasedAlready {
		t.Errorf("sent from the console: %+v", v)
	}
}

// Orders for very many people are several rows, none too large; where the disk fails
// nobody is told that they were asked.
func TestManyPeopleAndAFullDisk(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	tim := managing(access.OrgAdmin)
	people := []attendance.Profile{tim}
	for range device.MaxOrder + 3 {
		people = append(people, person("Many", silent()))
	}
	r.told(people...)
	if asked := r.ask(tim, people...); len(asked) != device.MaxOrder+3 {
		t.Errorf("asked for %d", len(asked))
	}
	if _, all := r.orders(); len(all) != 2 || len(all[0].GetProfileIds()) != device.MaxOrder || proto.Size(all[0]) > wire.MaxMessage/8 {
		t.Errorf("%d rows", len(all))
	}
	broken := inviting.New(full{}, r.Store, device.Identity{Site: site, Org: "o"})
	late := person("Late", silent())
	r.told(late)
	if asked, err := broken.Ask(t.Context(), tim, card, []attendance.ProfileID{late.ID}); err == nil || len(asked) != 0 {
		t.Errorf("with a full disk: %v, %v", asked, err)
	}
	if v := r.row(late); v.Waits {
		t.Error("it is taken for asked")
	}
}

// full is a journal that has no room.
type full struct{}

func (full) Append(context.Context, device.Kind, proto.Message, device.Effect) (device.Row, error) {
	return device.Row{}, device.ErrStorageFull
}

func (full) Now() attendance.ClockReading { return attendance.ClockReading{Device: time.Now()} }
