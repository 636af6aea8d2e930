package store

import (
	"testing"

	"github.com/pressly/goose/v3"

	"muster/attendance"
	"muster/invite"
)

// atVersion goes down to a version of the schema, does what is done there, and comes up
// again.
func (w *world) atVersion(t *testing.T, version int64, there func(earlier *world)) *world {
	t.Helper()
	p := must(w.write.Dialect.(interface {
		Migrations() (*goose.Provider, error)
	}).Migrations())(t)
	if w.write.bulk() {
		defer func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	must(p.DownTo(t.Context(), version))(t)
	there(w)
	must(p.Up(t.Context()))(t)
	// With connections of its own: those of before know the columns of before.
	again := *w
	again.Store = must(on.open(t.Context(), w.at, w.clock.now))(t)
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	return &again
}

// W22: somebody whom a directory has ended comes back by it though the cloud was an earlier
// one for a while, and who was blocked by hand before stays blocked. The directory's groups
// are still there, under the ids that it knows.
func TestW22BackAfterAnEarlierVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetUnit(ctx, admin, "Sales", w.north.ID); err != nil {
		t.Fatal(err)
	}
	anna, ben, cleo := w.told(t, "Anna"), w.told(t, "Ben"), w.told(t, "Cleo")
	sales := w.group(t, "Sales", anna.ID, ben.ID, cleo.ID)
	if err := w.EditProfile(ctx, admin, ben.ID, func(m *attendance.Member) error { m.Profile.Blocked = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, p := range []invite.DirectoryPerson{anna, ben} {
		if err := w.active(t, p.ID, false); err != nil {
			t.Fatal(err)
		}
	}
	again := w.atVersion(t, 30, func(earlier *world) {
		if n := earlier.number(t, `SELECT count(*) FROM profiles WHERE blocked AND account = 'deactivated'`); n != 2 {
			t.Errorf("on the way down %d of 2 stay outside", n)
		}
		earlier.removedByEarlier(t, cleo.ID)
	})
	for _, p := range []invite.DirectoryPerson{anna, ben} {
		found := must(again.DirectoryPerson(ctx, admin, p.ID))(t)
		if found.Active || found.UserName != p.UserName || len(found.Groups) != 1 {
			t.Errorf("afterwards the directory finds %+v", found)
		}
		if err := again.active(t, p.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	if got := again.standing(t, anna.ID); got != "inactive accepted north" {
		t.Errorf("Anna is %q", got)
	}
	if got := again.standing(t, ben.ID); got != "inactive accepted north blocked" {
		t.Errorf("Ben is %q", got)
	}
	if g := must(again.DirectoryGroup(ctx, admin, sales.ID, true))(t); len(g.Members) != 2 {
		t.Errorf("in the group are %v", g.Members)
	}
	again.told(t, "Cleo")
}

// L1: people who were in a group before it was noted who gave a site: the group's is the
// group's, every other is theirs.
func TestL1SitesOfBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Adler", w.south.ID)
	if err := w.SetUnit(t.Context(), w.admin.Actor(), "Sales", w.north.ID); err != nil {
		t.Fatal(err)
	}
	sales, field := w.group(t, "Sales", anna.ID), w.group(t, "Field")
	again := w.atVersion(t, 35, func(*world) {})
	if err := again.SetUnit(t.Context(), w.admin.Actor(), "Field", w.south.ID); err != nil {
		t.Fatal(err)
	}
	again.regroup(t, field.ID, invite.DirectoryChange{Add: []attendance.ProfileID{anna.ID}})
	for _, g := range []invite.GroupID{sales.ID, field.ID} {
		again.regroup(t, g, invite.DirectoryChange{Whole: true})
	}
	if got := again.standing(t, anna.ID); got != "inactive accepted south" {
		t.Errorf("%q", got)
	}
}
