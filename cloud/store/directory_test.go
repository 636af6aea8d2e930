package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// directory has a directory tell of somebody who is here, and of a group with them.
func (w *world) directory(t *testing.T, of attendance.ProfileID) invite.GroupID {
	t.Helper()
	must(w.EditDirectoryPerson(t.Context(), w.admin.Actor(), of, func(p *invite.DirectoryPerson) error {
		p.UserName = "annabella-login"
		return nil
	}))(t)
	return w.group(t, "furnished-group", of).ID
}

// group adds a group with people in it.
func (w *world) group(t *testing.T, name string, people ...attendance.ProfileID) invite.DirectoryGroup {
	t.Helper()
	g := invite.DirectoryGroup{Name: name}
	for _, p := range people {
		g.Members = append(g.Members, invite.DirectoryMember{ID: p})
	}
	return must(w.AddDirectoryGroup(t.Context(), w.admin.Actor(), g))(t)
}

// told adds somebody of whom a directory tells.
func (w *world) told(t *testing.T, name string) invite.DirectoryPerson {
	t.Helper()
	return must(w.AddDirectoryPerson(t.Context(), w.admin.Actor(), invite.DirectoryPerson{UserName: name + "@acme.example", LastName: name, Active: true}))(t)
}

// standing tells how somebody stands, and where.
func (w *world) standing(t *testing.T, id attendance.ProfileID) string {
	t.Helper()
	m := must(w.Member(t.Context(), w.admin.Actor(), id))(t)
	var s invite.State
	if err := w.read.QueryRowContext(t.Context(), `SELECT account, membership FROM profiles WHERE id = ?`, id).Scan(&s.Account, &s.Membership); err != nil {
		t.Fatal(err)
	}
	said := []string{string(s.Account), string(s.Membership)}
	for _, site := range m.Sites {
		said = append(said, map[attendance.SiteID]string{w.north.ID: "north", w.south.ID: "south"}[site])
	}
	slices.Sort(said[2:])
	if m.Profile.Blocked {
		said = append(said, "blocked")
	}
	return strings.Join(said, " ")
}

// regroup changes a group.
func (w *world) regroup(t *testing.T, id invite.GroupID, c invite.DirectoryChange) {
	t.Helper()
	if err := w.ChangeDirectoryGroup(t.Context(), w.admin.Actor(), id, c); err != nil {
		t.Fatal(err)
	}
}

// L1: a unit of the directory is a way in. Whom the directory tells of is known; who is
// in a group that an admin lets in is a member at its site, whichever came first.
func TestL1DirectoryGroupsLetPeopleIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	stands := func(who invite.DirectoryPerson, want string) {
		t.Helper()
		if got := w.standing(t, who.ID); got != want {
			t.Errorf("%s is %q, want %q", who.LastName, got, want)
		}
	}
	anna, ben, cleo := w.told(t, "Anna"), w.told(t, "Ben"), w.told(t, "Cleo")
	stands(anna, "inactive outside")
	sales := w.group(t, "Sales", anna.ID)
	stands(anna, "inactive outside")
	if err := w.SetUnit(ctx, admin, "Sales", w.north.ID); err != nil {
		t.Fatal(err)
	}
	stands(anna, "inactive accepted north")
	w.regroup(t, sales.ID, invite.DirectoryChange{Add: []attendance.ProfileID{ben.ID, anna.ID}})
	stands(ben, "inactive accepted north")
	// A second group adds its site; leaving one takes its site away and nothing else.
	if err := w.SetUnit(ctx, admin, "Field", w.south.ID); err != nil {
		t.Fatal(err)
	}
	field := w.group(t, "Field", ben.ID, cleo.ID)
	stands(ben, "inactive accepted north south")
	w.regroup(t, sales.ID, invite.DirectoryChange{Remove: []attendance.ProfileID{ben.ID, cleo.ID}})
	stands(ben, "inactive accepted south")
	stands(cleo, "inactive accepted south")
	w.regroup(t, field.ID, invite.DirectoryChange{Whole: true, Add: []attendance.ProfileID{cleo.ID}})
	stands(ben, "inactive outside")
	// It is the same group under another name.
	w.regroup(t, field.ID, invite.DirectoryChange{Name: new("Field Service")})
	stands(cleo, "inactive accepted south")
	if a := must(w.Access(ctx, admin))(t); len(a.Units) != 2 || a.Units[0] != (invite.Unit{Name: "Field Service", Site: w.south.ID, People: 1}) || a.Units[1].People != 1 {
		t.Errorf("let in are %v", a.Units)
	}
	// An admin moves a group, and lets it in no longer.
	if err := w.SetUnit(ctx, admin, "Field Service", w.north.ID); err != nil {
		t.Fatal(err)
	}
	stands(cleo, "inactive accepted north")
	if err := w.RemoveUnit(ctx, admin, "Field Service"); err != nil {
		t.Fatal(err)
	}
	stands(cleo, "inactive outside")
	if a := must(w.Access(ctx, admin))(t); len(a.Outside) != 1 || a.Outside[0] != (invite.Unit{Name: "Field Service", People: 1}) {
		t.Errorf("outside are %v", a.Outside)
	}
	if err := w.RemoveDirectoryGroup(ctx, admin, sales.ID); err != nil {
		t.Fatal(err)
	}
	stands(anna, "inactive outside")
	if _, err := w.DirectoryGroup(ctx, admin, sales.ID, false); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a removed group: %v", err)
	}
}

// A group that takes the name of a unit which is let in elsewhere, or of none: who is in
// it is where its name is let in, and nowhere by the name that it had.
func TestL1AGroupWithTheNameOfAnotherUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	for name, site := range map[string]attendance.SiteID{"Sales": w.north.ID, "Field": w.south.ID} {
		if err := w.SetUnit(ctx, admin, name, site); err != nil {
			t.Fatal(err)
		}
	}
	anna, ben := w.told(t, "Anna"), w.told(t, "Ben")
	g := w.group(t, "Sales", anna.ID)
	w.regroup(t, g.ID, invite.DirectoryChange{Name: new("Field"), Add: []attendance.ProfileID{ben.ID}})
	for _, p := range []invite.DirectoryPerson{anna, ben} {
		if got := w.standing(t, p.ID); got != "inactive accepted south" {
			t.Errorf("%s is %q", p.LastName, got)
		}
	}
	outside := w.told(t, "Cleo")
	w.group(t, "Sales") // whoever is let in by the name that is free again
	late := w.group(t, "Nobody", outside.ID)
	if err := w.SetUnit(ctx, admin, "Support", w.north.ID); err != nil {
		t.Fatal(err)
	}
	w.regroup(t, late.ID, invite.DirectoryChange{Name: new("Support")})
	if got := w.standing(t, outside.ID); got != "inactive accepted north" {
		t.Errorf("by the new name: %q", got)
	}
}

// Whoever was at a site before a group put them there stays when they leave the group,
// however they came there; a site that only groups gave goes with the last of them.
func TestL1AGroupTakesOnlyWhatAGroupGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, ben, cleo := w.person(t, "Anna", "Adler", w.north.ID), w.told(t, "Ben"), w.person(t, "Cleo", "Cramer", w.south.ID)
	stands := func(id attendance.ProfileID, want string) {
		t.Helper()
		if got := w.standing(t, id); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	sales, field := w.group(t, "Sales", anna.ID, ben.ID, cleo.ID), w.group(t, "Field", anna.ID, ben.ID)
	for _, unit := range []string{"Sales", "Field"} {
		if err := w.SetUnit(ctx, admin, unit, w.north.ID); err != nil {
			t.Fatal(err)
		}
	}
	out := func(g invite.DirectoryGroup, id attendance.ProfileID) {
		t.Helper()
		w.regroup(t, g.ID, invite.DirectoryChange{Remove: []attendance.ProfileID{id}})
	}
	stands(cleo.ID, "inactive accepted north south")
	out(sales, cleo.ID)
	stands(cleo.ID, "inactive accepted south")
	out(sales, ben.ID)
	stands(ben.ID, "inactive accepted north")
	out(field, ben.ID)
	stands(ben.ID, "inactive outside")
	out(field, anna.ID)
	stands(anna.ID, "inactive accepted north")
	// Letting it in elsewhere, gone and back, and no longer letting it in: the same rule.
	if err := w.SetUnit(ctx, admin, "Sales", w.south.ID); err != nil {
		t.Fatal(err)
	}
	stands(anna.ID, "inactive accepted north south")
	for _, active := range []bool{false, true} {
		if err := w.active(t, anna.ID, active); err != nil {
			t.Fatal(err)
		}
	}
	// What was taken away by hand and came back by the group is the group's.
	at := func(sites ...attendance.SiteID) {
		t.Helper()
		if err := w.EditProfile(ctx, admin, anna.ID, func(m *attendance.Member) error { m.Sites = sites; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	at(w.south.ID)
	at(w.north.ID, w.south.ID)
	stands(anna.ID, "inactive accepted north south")
	if err := w.RemoveUnit(ctx, admin, "Sales"); err != nil {
		t.Fatal(err)
	}
	stands(anna.ID, "inactive accepted north")
	w.regroup(t, field.ID, invite.DirectoryChange{Add: []attendance.ProfileID{anna.ID, cleo.ID}})
	stands(cleo.ID, "inactive accepted north south")
	at(w.north.ID)
	at(w.south.ID)
	w.regroup(t, field.ID, invite.DirectoryChange{Name: new("Field Service")})
	w.regroup(t, field.ID, invite.DirectoryChange{Add: []attendance.ProfileID{ben.ID, anna.ID}})
	if err := w.RemoveDirectoryGroup(ctx, admin, field.ID); err != nil {
		t.Fatal(err)
	}
	stands(anna.ID, "inactive accepted south")
	stands(cleo.ID, "inactive accepted south")
}

// Who came by a list, too, was there before.
func TestL1AGroupLeavesWhatAListGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	entry := invite.RosterEntry{Contact: invite.Contact{ExternalID: "a-1"}, LastName: "Adler", Sites: []attendance.SiteID{w.north.ID}}
	anna := must(w.SyncRoster(ctx, admin, []invite.RosterEntry{entry}, RosterSync{}))(t)[0].Profile
	g := w.group(t, "Sales", anna)
	if err := w.SetUnit(ctx, admin, "Sales", w.north.ID); err != nil {
		t.Fatal(err)
	}
	w.regroup(t, g.ID, invite.DirectoryChange{Whole: true})
	if got := w.standing(t, anna); got != "inactive accepted north" {
		t.Errorf("%q", got)
	}
}
