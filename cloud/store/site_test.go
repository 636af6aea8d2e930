package store

import (
	"errors"
	"testing"

	"muster/access"
	"muster/attendance"
)

func TestSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if sites := must(w.Sites(ctx, admin))(t); len(sites) != 2 || sites[0] != w.north || sites[1] != w.south {
		t.Errorf("sites = %+v", sites)
	}
	if w.south.Language != "en" {
		t.Errorf("a site without a language speaks %q", w.south.Language)
	}
	if sites := must(w.Sites(ctx, w.managerSouth.Actor()))(t); len(sites) != 1 || sites[0] != w.south {
		t.Errorf("a manager sees %+v", sites)
	}
	w.north.Name, w.north.TimeZone = " North  Gate", "America/Havana"
	if err := w.ChangeSite(ctx, admin, w.north); err != nil {
		t.Fatal(err)
	}
	if s := must(w.Site(ctx, w.viewerNorth.Actor(), w.north.ID))(t); s.Name != "North Gate" || s.TimeZone != "America/Havana" || s.Language != "de" {
		t.Errorf("site = %+v", s)
	}
	if err := w.ChangeSite(ctx, admin, attendance.Site{ID: attendance.NewID[attendance.SiteID](), Name: "X", TimeZone: "UTC"}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a site that isn't there: %v", err)
	}
	if err := w.ChangeSite(ctx, w.managerNorth.Actor(), w.north); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager: %v", err)
	}
}

func TestSiteInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		site attendance.Site
		want access.Invalid
	}{
		{attendance.Site{TimeZone: "UTC"}, access.Invalid{Field: "name", Problem: access.Required}},
		{attendance.Site{Name: "South", TimeZone: "UTC"}, access.Invalid{Field: "name", Problem: access.Taken}},
		{attendance.Site{Name: "X\x00Y", TimeZone: "UTC"}, access.Invalid{Field: "name", Problem: access.Malformed}},
		{attendance.Site{Name: "X"}, access.Invalid{Field: "time_zone", Problem: access.Required}},
		{attendance.Site{Name: "X", TimeZone: "Local"}, access.Invalid{Field: "time_zone", Problem: access.UnknownZone}},
		{attendance.Site{Name: "X", TimeZone: "../../etc/passwd"}, access.Invalid{Field: "time_zone", Problem: access.UnknownZone}},
		{attendance.Site{Name: "X", TimeZone: "UTC", Language: "EN"}, access.Invalid{Field: "language", Problem: access.Unknown}},
	} {
		before := w.dump(t)
		if _, err := w.AddSite(t.Context(), w.admin.Actor(), c.site); err != c.want {
			t.Errorf("adding %+v: %v, want %v", c.site, err, c.want)
		}
		c.site.ID = w.north.ID
		if err := w.ChangeSite(t.Context(), w.admin.Actor(), c.site); err != c.want {
			t.Errorf("changing to %+v: %v, want %v", c.site, err, c.want)
		}
		if w.dump(t) != before {
			t.Errorf("%+v: something was kept", c.site)
		}
	}
	if err := w.ChangeSite(t.Context(), w.admin.Actor(), w.north); err != nil {
		t.Errorf("a site keeps its own name: %v", err)
	}
}
