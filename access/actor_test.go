package access_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
)

var permissions = []access.Permission{
	access.ReadRoster, access.ManageRoster, access.ManageDevices, access.ManageSites, access.ManageUsers,
}

// The whole policy, written down a second time.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for role, want := range map[access.Role][5]bool{
		access.OrgAdmin:    {true, true, true, true, true},
		access.SiteManager: {true, true, true, false, false},
		access.Viewer:      {true, false, false, false, false},
		"":                 {},
		"root":             {},
	} {
		a := access.Actor{Org: "o", Role: role}
		for i, p := range permissions {
			if a.May(p) != want[i] {
				t.Errorf("%q may %s: %v", role, p, a.May(p))
			}
			if err := a.Require(p); want[i] && err != nil || !want[i] && !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%q requires %s: %v", role, p, err)
			}
		}
	}
}

func TestNobodyMayDoNothing(t *testing.T) {
	t.Parallel()
	for what, a := range map[string]access.Actor{
		"the zero actor":     {},
		"without an org":     {User: "u", Role: access.OrgAdmin, Sites: []attendance.SiteID{"s"}},
		"a disabled account": access.User{ID: "u", Org: "o", Role: access.OrgAdmin, Sites: []attendance.SiteID{"s"}, Disabled: true}.Actor(),
	} {
		for _, p := range append(permissions, "") {
			if a.May(p) {
				t.Errorf("%s may %q", what, p)
			}
		}
		if a.Everywhere() || a.Sees("s") || a.Sees("") {
			t.Errorf("%s sees something", what)
		}
	}
}

// Reach: an administrator sees everything, anybody else exactly the sites that
// are named; what isn't seen doesn't exist.
func TestReach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sites := rapid.SliceOf(rapid.SampledFrom([]attendance.SiteID{"a", "b", "c"})).Draw(t, "sites")
		u := access.User{ID: "u", Org: "o", Role: rapid.SampledFrom([]access.Role{access.OrgAdmin, access.SiteManager, access.Viewer}).Draw(t, "role"), Sites: sites}
		a := u.Actor()
		site := rapid.SampledFrom([]attendance.SiteID{"a", "b", "c", "d", ""}).Draw(t, "site")
		named := a.Role == access.OrgAdmin
		for _, s := range sites {
			named = named || s == site
		}
		if a.Sees(site) != named {
			t.Fatalf("%v sees %q: %v", u, site, a.Sees(site))
		}
		p := rapid.SampledFrom(permissions).Draw(t, "permission")
		err := a.RequireAt(p, site)
		switch {
		case !a.May(p):
			if !errors.Is(err, access.ErrForbidden) {
				t.Fatalf("without the permission: %v", err)
			}
		case !named:
			if !errors.Is(err, access.ErrNotFound) {
				t.Fatalf("out of reach: %v", err)
			}
		case err != nil:
			t.Fatalf("within reach: %v", err)
		}
	})
}

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, r := range []access.Role{access.OrgAdmin, access.SiteManager, access.Viewer} {
		if got, ok := access.ParseRole(string(r)); !ok || got != r {
			t.Errorf("ParseRole(%q) = %q, %v", r, got, ok)
		}
	}
	for _, s := range []string{"", "ORG-ADMIN", "org-admin ", "root"} {
		if got, ok := access.ParseRole(s); ok || got != "" {
			t.Errorf("ParseRole(%q) = %q", s, got)
		}
	}
}

func TestInvalidNamesFieldAndProblem(t *testing.T) {
	t.Parallel()
	var err error = access.Invalid{Field: "email", Problem: access.Taken}
	if err.Error() != "email: taken" {
		t.Errorf("Error() = %q", err)
	}
	var invalid access.Invalid
	if !errors.As(err, &invalid) || invalid.Field != "email" {
		t.Errorf("errors.As gave %+v", invalid)
	}
}
