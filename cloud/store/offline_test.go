package store

import (
	"errors"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// What a site does without a line is one of three, is told to its tablets, and
// stays where a change doesn't speak of it.
func TestK29SettingOfASite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	told := func(site attendance.SiteID) string {
		t.Helper()
		r := newReplica()
		r.pull(t, w, site)
		return r.settings.GetOffline()
	}
	if w.north.Offline != attendance.OfflineAllowed || told(w.north.ID) != "allowed" {
		t.Errorf("a site that says nothing: %q, told %q", w.north.Offline, told(w.north.ID))
	}
	strict := must(w.AddSite(ctx, admin, attendance.Site{Name: "Strict", TimeZone: "UTC", Offline: attendance.OfflineRefused}))(t)
	if strict.Offline != attendance.OfflineRefused || told(strict.ID) != "refused" {
		t.Errorf("a new site: %+v, told %q", strict, told(strict.ID))
	}
	w.north.Offline = attendance.OfflineRefused
	if err := w.ChangeSite(ctx, admin, w.north); err != nil {
		t.Fatal(err)
	}
	if s := must(w.Site(ctx, admin, w.north.ID))(t); s != w.north || told(w.north.ID) != "refused" {
		t.Errorf("changed: %+v, told %q", s, told(w.north.ID))
	}
	approving := w.north
	approving.Offline = attendance.OfflineApproval
	if err := w.ChangeSite(ctx, admin, approving); err != nil || told(w.north.ID) != "approval" {
		t.Errorf("with approval: %v, told %q", err, told(w.north.ID))
	}
	if err := w.ChangeSite(ctx, admin, w.north); err != nil {
		t.Fatal(err)
	}
	head := func() device.FeedPosition {
		t.Helper()
		r := newReplica()
		r.pull(t, w, w.north.ID)
		return device.FeedPosition{Version: uint64(r.have)} //nolint:gosec // counts from 0
	}
	before := head()
	silent := w.north
	silent.Offline = ""
	if err := w.ChangeSite(ctx, admin, silent); err != nil || must(w.Site(ctx, admin, w.north.ID))(t) != w.north || head() != before {
		t.Errorf("a change that doesn't speak of it: %+v, %v", must(w.Site(ctx, admin, w.north.ID))(t), err)
	}
	for _, name := range []attendance.Offline{"Refused", "never", "approved", "refused\x00"} {
		bad := w.north
		bad.Offline = name
		if err := w.ChangeSite(ctx, admin, bad); err != (access.Invalid{Field: "offline", Problem: access.Unknown}) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := w.ChangeSite(ctx, w.managerNorth.Actor(), w.north); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager: %v", err)
	}
	if s := must(w.Site(ctx, admin, w.south.ID))(t); s.Offline != attendance.OfflineAllowed || told(w.south.ID) != "allowed" {
		t.Errorf("another site: %+v", s)
	}
}
