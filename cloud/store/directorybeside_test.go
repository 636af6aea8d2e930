package store

import (
	"testing"

	"muster/attendance"
	"muster/invite"
)

// removedByEarlier removes somebody as a cloud does that knows nothing of directories.
func (w *world) removedByEarlier(t *testing.T, id attendance.ProfileID) {
	t.Helper()
	w.exec(t, `DELETE FROM profile_sites WHERE profile = ?`, id)
	w.exec(t, `UPDATE profiles SET removed_at = ?, photo = '', search = '' WHERE id = ?`, micros(w.clock.now()), id)
}

// A cloud of an earlier version on the same database removes people and leaves what a
// directory told of them: their name is free again, and they are in no group.
func TestW22RemovedByAnEarlierCloud(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	find := func(name string, want ...attendance.ProfileID) {
		t.Helper()
		found, total, err := w.DirectoryPeople(ctx, admin, invite.DirectoryQuery{Limit: 10, Terms: []invite.DirectoryTerm{{Field: invite.DirectoryUserName, Value: name}}})
		if err != nil || total != len(want) || len(found) != len(want) || total > 0 && found[0].ID != want[0] {
			t.Errorf("by %q: %v, %v, want %v", name, found, err, want)
		}
	}
	anna, ben, cleo := w.told(t, "Anna"), w.told(t, "Ben"), w.told(t, "Cleo")
	all := w.group(t, "All", anna.ID, ben.ID, cleo.ID)
	for _, p := range []invite.DirectoryPerson{anna, ben, cleo} {
		w.removedByEarlier(t, p.ID)
	}
	find(anna.UserName)
	if g := must(w.DirectoryGroup(ctx, admin, all.ID, true))(t); len(g.Members) != 0 || g.People != 0 {
		t.Errorf("in the group are %v, %d", g.Members, g.People)
	}
	if a := must(w.Access(ctx, admin))(t); len(a.Outside) != 1 || a.Outside[0].People != 0 {
		t.Errorf("outside are %v", a.Outside)
	}
	// By the directory, under another's name, and by an address.
	find(anna.UserName, w.told(t, "Anna").ID)
	dora := w.told(t, "Dora")
	must(w.EditDirectoryPerson(ctx, admin, dora.ID, func(p *invite.DirectoryPerson) error { p.UserName = "BEN@acme.example"; return nil }))(t)
	find("ben@acme.example", dora.ID)
	byHand := w.person(t, "Cleo", "Cramer", w.north.ID)
	if err := w.SetContact(ctx, admin, byHand.ID, invite.Contact{Email: cleo.UserName}); err != nil {
		t.Fatal(err)
	}
	find(cleo.UserName, byHand.ID)
	must(w.EditDirectoryPerson(ctx, admin, byHand.ID, func(p *invite.DirectoryPerson) error { p.Contact.Email = "cramer@acme.example"; return nil }))(t)
	find(cleo.UserName, byHand.ID)

	eva := w.told(t, "Eva")
	w.regroup(t, all.ID, invite.DirectoryChange{Add: []attendance.ProfileID{dora.ID, eva.ID}})
	if err := w.SetUnit(ctx, admin, "All", w.north.ID); err != nil {
		t.Fatal(err)
	}
	w.removedByEarlier(t, eva.ID)
	if a := must(w.Access(ctx, admin))(t); len(a.Units) != 1 || a.Units[0].People != 1 {
		t.Errorf("let in are %v", a.Units)
	}
	if groups, total, err := w.DirectoryGroups(ctx, admin, invite.DirectoryQuery{Limit: 10, Terms: []invite.DirectoryTerm{{Field: invite.DirectoryMemberID, Value: string(eva.ID)}}}); err != nil || total != 0 {
		t.Errorf("who is gone is in %v, %v", groups, err)
	}
	if err := w.RemoveDirectoryGroup(ctx, admin, all.ID); err != nil {
		t.Error(err)
	}
}

// What an earlier cloud leaves of people whom it removes is swept: their names and addresses
// don't stay where nobody sees them. What was told of everybody else stays as it is.
func TestW22WhatAnEarlierCloudLeavesIsSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna, ben, cleo := w.told(t, "Anna"), w.told(t, "Ben"), w.told(t, "Cleo")
	all := w.group(t, "All", anna.ID, ben.ID, cleo.ID)
	// A member of a group, of whom a directory told nothing else.
	dora := w.person(t, "Dora", "Dorn", w.north.ID)
	w.regroup(t, all.ID, invite.DirectoryChange{Add: []attendance.ProfileID{dora.ID}})
	w.exec(t, `DELETE FROM directory_people WHERE profile = ?`, dora.ID)
	sweep := func(want int, when string) {
		t.Helper()
		if n := must(w.SweepDirectory(ctx))(t); n != want {
			t.Errorf("%s: %d people are swept, not %d", when, n, want)
		}
	}
	sweep(0, "nobody was removed")
	w.removedByEarlier(t, anna.ID)
	w.removedByEarlier(t, dora.ID)
	w.exec(t, `INSERT INTO departures (org, at) VALUES (?, 1)`, w.admin.Org)
	sweep(0, "moved away")
	w.exec(t, `DELETE FROM departures`)
	w = w.atVersion(t, 30, func(earlier *world) { earlier.removedByEarlier(t, ben.ID) })
	sweep(3, "by earlier clouds")
	sweep(0, "again")
	if n := w.number(t, `SELECT count(*) FROM directory_people`) + w.number(t, `SELECT count(*) FROM directory_members`); n != 2 {
		t.Errorf("%d rows are left of one person", n)
	}
	if g := must(w.DirectoryGroup(ctx, w.admin.Actor(), all.ID, true))(t); g.People != 1 {
		t.Errorf("%d are in the group", g.People)
	}
	if p := must(w.DirectoryPerson(ctx, w.admin.Actor(), cleo.ID))(t); p.UserName != cleo.UserName || !p.Active {
		t.Errorf("the one who is left: %+v", p)
	}
}
