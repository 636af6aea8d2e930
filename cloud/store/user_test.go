package store

import (
	"errors"
	"slices"
	"testing"

	"muster/access"
	"muster/attendance"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	users := must(w.Users(ctx, admin))(t)
	var emails []string
	for _, u := range users {
		emails = append(emails, u.Email)
	}
	if want := []string{"admin@acme.example", "north@acme.example", "south@acme.example", "viewer@acme.example"}; !slices.Equal(emails, want) {
		t.Errorf("users = %v, want %v", emails, want)
	}
	u := w.managerNorth
	u.Name, u.Language, u.Sites = " Nora  North ", "ru", []attendance.SiteID{w.south.ID, w.north.ID, w.south.ID}
	if err := w.ChangeUser(ctx, admin, u); err != nil {
		t.Fatal(err)
	}
	u = must(w.User(ctx, u.ID))(t)
	if u.Name != "Nora North" || u.Language != "ru" || len(u.Sites) != 2 || !u.Actor().Sees(w.south.ID) {
		t.Errorf("user = %+v", u)
	}
	u.Role = access.OrgAdmin
	if err := w.ChangeUser(ctx, admin, u); err != nil {
		t.Fatal(err)
	}
	if u = must(w.User(ctx, u.ID))(t); len(u.Sites) != 0 || !u.Actor().Everywhere() {
		t.Errorf("an administrator is confined: %+v", u)
	}
	if _, err := w.User(ctx, "nobody"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestUserInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	good := access.User{Email: "new@acme.example", Name: "New", Role: access.SiteManager, Sites: []attendance.SiteID{w.north.ID}}
	for what, c := range map[string]struct {
		change func(*access.User)
		want   access.Invalid
	}{
		"taken address":           {func(u *access.User) { u.Email = "NORTH@acme.example" }, access.Invalid{Field: "email", Problem: access.Taken}},
		"no address":              {func(u *access.User) { u.Email = " " }, access.Invalid{Field: "email", Problem: access.Required}},
		"address with a name":     {func(u *access.User) { u.Email = "A <a@b.example>" }, access.Invalid{Field: "email", Problem: access.Malformed}},
		"two addresses":           {func(u *access.User) { u.Email = "a@b.example,c@d.example" }, access.Invalid{Field: "email", Problem: access.Malformed}},
		"header in the address":   {func(u *access.User) { u.Email = "a@b.example\r\nBcc: x@y.example" }, access.Invalid{Field: "email", Problem: access.Malformed}},
		"no name":                 {func(u *access.User) { u.Name = "" }, access.Invalid{Field: "name", Problem: access.Required}},
		"unknown role":            {func(u *access.User) { u.Role = "root" }, access.Invalid{Field: "role", Problem: access.Unknown}},
		"manager of nothing":      {func(u *access.User) { u.Sites = nil }, access.Invalid{Field: "sites", Problem: access.Required}},
		"another org's site":      {func(u *access.User) { u.Sites = []attendance.SiteID{w.elsewhere.ID} }, access.Invalid{Field: "sites", Problem: access.Unknown}},
		"something that is no id": {func(u *access.User) { u.Sites = []attendance.SiteID{"x'; --"} }, access.Invalid{Field: "sites", Problem: access.Unknown}},
		"unknown language":        {func(u *access.User) { u.Language = "tlh" }, access.Invalid{Field: "language", Problem: access.Unknown}},
	} {
		u := good
		c.change(&u)
		before := w.dump(t)
		if _, secret, err := w.AddUser(ctx, w.admin.Actor(), u); err != c.want || secret != "" {
			t.Errorf("adding, %s: %v, want %v", what, err, c.want)
		}
		u.ID = w.viewerNorth.ID
		if err := w.ChangeUser(ctx, w.admin.Actor(), u); err != c.want {
			t.Errorf("changing, %s: %v, want %v", what, err, c.want)
		}
		if w.dump(t) != before {
			t.Errorf("%s: something was kept", what)
		}
	}
}

// Somebody can always manage the organisation.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	want := access.Invalid{Field: "role", Problem: access.LastAdmin}
	lesser, disabled := w.admin, w.admin
	lesser.Role, lesser.Sites = access.Viewer, []attendance.SiteID{w.north.ID}
	disabled.Disabled = true
	for _, u := range []access.User{lesser, disabled} {
		before := w.dump(t)
		if err := w.ChangeUser(ctx, admin, u); err != want || w.dump(t) != before {
			t.Errorf("%+v: %v, want %v", u, err, want)
		}
	}
	if _, _, err := w.AddUser(ctx, admin, access.User{Email: "second@acme.example", Name: "Second", Role: access.OrgAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := w.ChangeUser(ctx, admin, lesser); err != nil {
		t.Errorf("with a second administrator: %v", err)
	}
}

// An administrator reaches only their own organisation's accounts, whatever they
// want to make of another's.
func TestUsersOfAnotherOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, other := t.Context(), w.stranger.Actor()
	before := w.dump(t)
	for _, u := range []access.User{
		{ID: w.viewerNorth.ID, Org: w.admin.Org, Email: "x@y.example", Name: "X", Role: access.OrgAdmin},
		{ID: w.viewerNorth.ID, Org: w.stranger.Org, Email: "x@y.example", Name: "X", Role: access.Viewer, Sites: []attendance.SiteID{w.elsewhere.ID}},
	} {
		if err := w.ChangeUser(ctx, other, u); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if _, err := w.IssuePasswordLink(ctx, other, w.viewerNorth.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a password link: %v", err)
	}
	if w.dump(t) != before {
		t.Error("something has changed")
	}
}
