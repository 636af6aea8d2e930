package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

func (w *world) active(t *testing.T, id attendance.ProfileID, active bool) error {
	t.Helper()
	_, err := w.EditDirectoryPerson(t.Context(), w.admin.Actor(), id, func(p *invite.DirectoryPerson) error {
		p.Active = active
		return nil
	})
	return err
}

// W22: whom the directory calls gone is turned away and gives the seat back, and comes
// back with everything but the password. Punches and cards aren't touched.
func TestW22GoneAndBackAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Adler", w.north.ID)
	uid := []byte{4, 1, 2, 3}
	if err := w.AssignUID(ctx, admin, anna.ID, uid, "MIFARE"); err != nil {
		t.Fatal(err)
	}
	card := w.cardOf(ctx, t, admin.Org, uid)
	w.punch(t, w.device(t, admin.Org, w.north.ID, "Gate"), w.north.ID, anna.ID, card, w.clock.now())
	if err := w.SetUnit(ctx, admin, "Sales", w.south.ID); err != nil {
		t.Fatal(err)
	}
	w.group(t, "Sales", anna.ID)
	taken := func(want int) {
		t.Helper()
		if a := must(w.Access(ctx, admin))(t); a.Taken != want {
			t.Errorf("%d seats are taken, want %d", a.Taken, want)
		}
	}
	stands := func(want string) {
		t.Helper()
		if got := w.standing(t, anna.ID); got != want {
			t.Errorf("Anna is %q, want %q", got, want)
		}
	}
	stands("inactive accepted north south")
	taken(1)
	for range 2 { // twice is once
		if err := w.active(t, anna.ID, false); err != nil {
			t.Fatal(err)
		}
		stands("deactivated outside north south blocked")
	}
	taken(0)
	m := must(w.Member(ctx, admin, anna.ID))(t)
	if len(m.Cards) != 1 || !m.Cards[0].To.IsZero() || w.number(t, `SELECT count(*) FROM punches WHERE profile = ?`, anna.ID) != 1 {
		t.Errorf("her card is %v", m.Cards)
	}
	// Somebody has the seat meanwhile.
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise, Seats: 1}); err != nil {
		t.Fatal(err)
	}
	ben := w.person(t, "Ben", "Berg", w.north.ID)
	if err := w.active(t, anna.ID, true); problem(err) != "members: no-seat" {
		t.Errorf("without a seat: %v", err)
	}
	stands("deactivated outside north south blocked")
	if err := w.RemoveProfile(ctx, admin, ben.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.active(t, anna.ID, true); err != nil {
		t.Fatal(err)
	}
	stands("inactive accepted north south")
	taken(1)
	// Who was blocked by hand before stays so; who was ended by hand comes back.
	if err := w.EditProfile(ctx, admin, anna.ID, func(m *attendance.Member) error { m.Profile.Blocked = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, active := range []bool{false, true} {
		if err := w.active(t, anna.ID, active); err != nil {
			t.Fatal(err)
		}
	}
	stands("inactive accepted north south blocked")
	if err := w.DeactivateAccount(ctx, admin, anna.ID); err != nil {
		t.Fatal(err)
	}
	if p := must(w.DirectoryPerson(ctx, admin, anna.ID))(t); p.Active {
		t.Error("the directory isn't told that her account was ended")
	}
	if err := w.active(t, anna.ID, true); err != nil {
		t.Fatal(err)
	}
	stands("inactive accepted north south blocked")
	if err := w.RemoveProfile(ctx, admin, anna.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.number(t, `SELECT count(*) FROM directory_people`) + w.number(t, `SELECT count(*) FROM directory_members`); n != 0 {
		t.Errorf("%d notes of her are left", n)
	}
	if w.number(t, `SELECT count(*) FROM punches WHERE profile = ?`, anna.ID) != 1 {
		t.Error("her punch is gone")
	}
}

// Who was here before the directory is found by it, by the address, the Muster ID or
// the name that it gave; nobody is found as somebody else.
func TestW22ADirectoryFindsWhoIsHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, ben := w.person(t, "Anna", "Adler", w.north.ID), w.person(t, "Ben", "Berg", w.north.ID)
	if err := w.SetContact(ctx, admin, anna.ID, invite.Contact{Email: "anna@acme.example"}); err != nil {
		t.Fatal(err)
	}
	find := func(name string, want ...attendance.ProfileID) {
		t.Helper()
		found, total, err := w.DirectoryPeople(ctx, admin, invite.DirectoryQuery{Limit: 10, Terms: []invite.DirectoryTerm{{Field: invite.DirectoryUserName, Value: name}}})
		var ids []attendance.ProfileID
		for _, p := range found {
			ids = append(ids, p.ID)
		}
		if err != nil || total != len(want) || !slices.Equal(ids, want) {
			t.Errorf("by %q: %v, %v, want %v", name, ids, err, want)
		}
	}
	find("ANNA@acme.example", anna.ID)
	find(ben.Number, ben.ID)
	find("")
	for _, name := range []string{"Anna@ACME.example", ben.Number} {
		if _, err := w.AddDirectoryPerson(ctx, admin, invite.DirectoryPerson{UserName: name, LastName: "X", Active: true}); problem(err) != "user_name: taken" {
			t.Errorf("%s again: %v", name, err)
		}
	}
	// A new address, and the directory still finds her by the name that it knows.
	must(w.EditDirectoryPerson(ctx, admin, anna.ID, func(p *invite.DirectoryPerson) error { p.Contact.Email = "adler@acme.example"; return nil }))(t)
	find("anna@acme.example", anna.ID)
	find("adler@acme.example")
	must(w.EditDirectoryPerson(ctx, admin, ben.ID, func(p *invite.DirectoryPerson) error { p.UserName = "adler@acme.example"; return nil }))(t)
	find("adler@acme.example", ben.ID)
	if _, err := w.EditDirectoryPerson(ctx, admin, anna.ID, func(p *invite.DirectoryPerson) error { p.UserName = "Adler@acme.example"; return nil }); problem(err) != "user_name: taken" {
		t.Errorf("a name of somebody else: %v", err)
	}
	// A whole list leaves them alone, though they came by the directory.
	cleo := w.told(t, "Cleo")
	must(w.EditDirectoryPerson(ctx, admin, cleo.ID, func(p *invite.DirectoryPerson) error { p.Contact.ExternalID = "c-1"; return nil }))(t)
	for _, o := range must(w.SyncRoster(ctx, admin, []invite.RosterEntry{{Contact: invite.Contact{ExternalID: "z"}, LastName: "Z"}}, RosterSync{Whole: true, Meant: true}))(t) {
		if o.Effect == invite.EntryRemoved {
			t.Errorf("%v is removed", o)
		}
	}
	// Whose address is the name that the directory has for somebody else is no obstacle.
	dora := w.person(t, "Dora", "Dorn", w.north.ID)
	if err := errors.Join(w.SetContact(ctx, admin, dora.ID, invite.Contact{Email: "cleo@acme.example"}), w.active(t, dora.ID, false)); err != nil {
		t.Fatal(err)
	}
	find("cleo@acme.example", cleo.ID)
	for who, actor := range map[string]access.Actor{"a manager": w.managerNorth.Actor(), "a viewer": w.viewerNorth.Actor(), "nobody": {}} {
		if _, _, err := w.DirectoryPeople(ctx, actor, invite.DirectoryQuery{Limit: 1}); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if found, _, err := w.DirectoryPeople(ctx, w.stranger.Actor(), invite.DirectoryQuery{Limit: 10}); err != nil || len(found) != 0 {
		t.Errorf("a stranger finds %v, %v", found, err)
	}
}

// L1: a large group comes and goes in steps, whole in the end; what was cut off in
// between the same request does again.
func TestL1LargeGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	const n = rosterChunk + 30
	var people []attendance.ProfileID
	for i := range n {
		people = append(people, w.told(t, fmt.Sprintf("p%d", i)).ID)
	}
	if err := w.SetUnit(ctx, admin, "All", w.north.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise, Seats: n - 1}); err != nil {
		t.Fatal(err)
	}
	all := w.group(t, "All")
	at := func() int {
		return w.number(t, `SELECT count(*) FROM profile_sites s JOIN profiles p ON p.id = s.profile WHERE p.membership = 'accepted'`)
	}
	if err := w.ChangeDirectoryGroup(ctx, admin, all.ID, invite.DirectoryChange{Add: people}); problem(err) != "members: no-seat" || at() != 0 {
		t.Fatalf("without enough seats: %v, %d are in", err, at())
	}
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise, Seats: n, Expires: w.clock.now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	w.regroup(t, all.ID, invite.DirectoryChange{Add: people})
	if at() != n {
		t.Errorf("%d of %d are in", at(), n)
	}
	// As if the cloud had ended in the middle.
	w.exec(t, `DELETE FROM profile_sites WHERE profile = ?`, people[n-1])
	w.exec(t, `UPDATE profiles SET membership = 'outside' WHERE id = ?`, people[n-1])
	w.regroup(t, all.ID, invite.DirectoryChange{Add: people})
	if at() != n {
		t.Errorf("asked again, %d of %d are in", at(), n)
	}
	w.regroup(t, all.ID, invite.DirectoryChange{Whole: true, Add: people[:5]})
	if at() != 5 {
		t.Errorf("%d of 5 are in", at())
	}
	w.regroup(t, all.ID, invite.DirectoryChange{Add: people})
	if err := w.RemoveDirectoryGroup(ctx, admin, all.ID); err != nil || at() != 0 {
		t.Errorf("after the group is gone %d are in, %v", at(), err)
	}
}
