package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

func TestL7SeatsAreEnforcedForEveryWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	self := w.olga(t, "olga@other.example")
	there := must(w.Access(ctx, admin))(t).Taken
	full := invite.Licence{Type: invite.Enterprise, Seats: there + 1}
	if err := errors.Join(w.SetLicence(ctx, admin.Org, full), w.SetWay(ctx, admin, invite.ByKey, true), w.SetWay(ctx, admin, invite.ByLink, true)); err != nil {
		t.Fatal(err)
	}
	key := must(w.DrawJoinCode(ctx, admin, invite.ByKey, "", time.Time{}))(t)
	first := w.person(t, "Last", "Seat", w.north.ID)
	outcomes := must(w.SyncRoster(ctx, admin, []invite.RosterEntry{
		{Contact: invite.Contact{ExternalID: "1"}, FirstName: "One", Sites: []attendance.SiteID{w.north.ID}},
		{Contact: invite.Contact{ExternalID: "2"}, FirstName: "Known only"},
	}, RosterSync{}))(t)
	if outcomes[0].Refused != invite.NoSeat || outcomes[1].Effect != invite.EntryCreated || outcomes[1].Membership != invite.Outside {
		t.Errorf("the list: %+v", outcomes)
	}
	known := must(w.Member(ctx, admin, outcomes[1].Profile))(t).Profile
	_, byHand := w.AddProfile(ctx, admin, attendance.Profile{LastName: "One too many"}, []attendance.SiteID{w.north.ID})
	_, _, byMail := w.AddMember(ctx, admin, attendance.Profile{LastName: "x"}, []attendance.SiteID{w.north.ID}, invite.Contact{Email: "x@y.example"}, invite.ByAddress)
	_, byKey := w.JoinByCode(ctx, self, key.Code)
	for what, err := range map[string]error{
		"by hand": byHand, "by email": byMail, "by key": byKey,
		"by assignment": w.ChangeProfile(ctx, admin, known, []attendance.SiteID{w.north.ID}),
	} {
		var invalid access.Invalid
		if !errors.As(err, &invalid) || invalid.Problem != string(invite.NoSeat) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.RemoveProfile(ctx, admin, first.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ChangeProfile(ctx, admin, known, []attendance.SiteID{w.north.ID}); err != nil {
		t.Errorf("a seat became free: %v", err)
	}
	if m, _ := w.stands(t, known.ID); m != invite.Accepted {
		t.Errorf("L7, assigned to a site: %s", m)
	}
	// An expired licence lets nobody new in; who is there stays, in the roster and at
	// the tablets.
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise, Expires: w.clock.now()}); err != nil {
		t.Fatal(err)
	}
	_, err := w.AddProfile(ctx, admin, attendance.Profile{LastName: "Late"}, []attendance.SiteID{w.north.ID})
	var invalid access.Invalid
	if !errors.As(err, &invalid) || invalid.Problem != string(invite.LicenceOver) {
		t.Errorf("after the end: %v", err)
	}
	if err := w.AssignUID(ctx, admin, known.ID, []byte{4, 5, 6, 7}, "MIFARE"); err != nil {
		t.Errorf("a member of an expired licence gets no card: %v", err)
	}
	if _, err := w.addByMail(t, "x@y.example"); err == nil {
		t.Error("a new member")
	}
}

func (w *world) addByMail(t *testing.T, email string) (attendance.Profile, error) {
	p, _, err := w.AddMember(t.Context(), w.admin.Actor(), attendance.Profile{LastName: "x"}, []attendance.SiteID{w.north.ID}, invite.Contact{Email: email}, invite.ByAddress)
	return p, err
}

// Two admins at once don't get one seat twice.
func TestL1SeatsRacedByTwoAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	const seats, tries = 3, 8
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: must(w.Access(ctx, admin))(t).Taken + seats}); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, tries)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			_, errs[i] = w.AddProfile(ctx, admin, attendance.Profile{LastName: fmt.Sprint("Racer ", i)}, []attendance.SiteID{w.north.ID})
		})
	}
	all.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		}
	}
	if in != seats {
		t.Errorf("%d came in on %d seats: %v", in, seats, errs)
	}
}

// L10: what the licence doesn't have can't be used, whatever was switched on.
func TestL6L10TheLicenceDecidesOnWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team}); err != nil {
		t.Fatal(err)
	}
	var invalid access.Invalid
	if err := w.SetWay(ctx, admin, invite.ByRoster, true); !errors.As(err, &invalid) {
		t.Errorf("a way that the licence doesn't have: %v", err)
	}
	one := []invite.RosterEntry{{Contact: invite.Contact{ExternalID: "1"}, FirstName: "One", Sites: []attendance.SiteID{w.north.ID}}}
	if o := must(w.SyncRoster(ctx, admin, one, RosterSync{}))(t); o[0].Refused != invite.WayClosed {
		t.Errorf("the roster of a team: %+v", o)
	}
	if err := w.SetWay(ctx, admin, invite.ByAddress, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.addByMail(t, "x@y.example"); !errors.As(err, &invalid) || invalid.Problem != string(invite.WayClosed) {
		t.Errorf("a way that is switched off: %v", err)
	}
}
