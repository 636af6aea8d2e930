package console_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/device"
	"muster/invite"
)

// An organisation admin is told that the licence ends, or that seats run out,
// before it gets in the way; nobody else is.
func TestLicenceIsWarnedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, last := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I"} {
		w.person("Anna", last, w.north.ID)
	}
	b := w.as(w.admin.Email)
	set := func(seats int, ends time.Duration) {
		t.Helper()
		if err := w.store.SetLicence(t.Context(), w.admin.Org, invite.Licence{Type: invite.Team, Seats: seats, Expires: w.now().Add(ends)}); err != nil {
			t.Fatal(err)
		}
	}
	pages := []string{"/", "/launch", "/membership"}
	set(11, 40*24*time.Hour)
	for _, page := range pages {
		if a := b.get(page); strings.Contains(a.body, "The licence end") || strings.Contains(a.body, "seats are taken") {
			t.Errorf("%s warns too early", page)
		}
	}
	set(10, 30*24*time.Hour)
	for _, page := range pages {
		b.get(page).shows(t, http.StatusOK, "The licence ends on", "9 of 10 seats are taken")
	}
	set(9, -time.Hour)
	for _, page := range pages {
		b.get(page).shows(t, http.StatusOK, "The licence ended on", "All 9 seats are taken")
	}
	w.user(access.Viewer, "vera.viewer@acme.example", w.north.ID)
	if a := w.as("vera.viewer@acme.example").get("/"); strings.Contains(a.body, "licence") {
		t.Error("a viewer is told about the licence")
	}
}

// The checklist says that messages can't leave for now, as the list of
// invitations does.
func TestLaunchTellsOfAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Anna", "Berg", w.north.ID)
	b := w.as(w.admin.Email)
	if a := b.get("/launch"); strings.Contains(a.body, "leaves by itself") {
		t.Error("an outage that isn't")
	}
	w.outages = []invite.Outage{{Channel: invite.Email, Since: w.now(), Reason: invite.ProviderRefused, Detail: "535 wrong password"}}
	b.get("/launch").shows(t, http.StatusOK, "leaves by itself", "535 wrong password", "check-fail")
}

// A list that is narrowed to a membership is taken away as it is narrowed.
func TestExportKeepsTheMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID)
	must(w.store.SyncRoster(t.Context(), w.admin.Actor(), []invite.RosterEntry{{Contact: invite.Contact{ExternalID: "B1"}, FirstName: "Boris", LastName: "Petrow"}}, invite.RosterSync{}))(t)
	b := w.as(w.admin.Email)
	b.get("/employees?membership=outside").shows(t, http.StatusOK, "/export/employees.csv?membership=outside")
	a := b.get("/export/employees.csv?membership=outside")
	a.shows(t, http.StatusOK, "Petrow", "Known only")
	if strings.Contains(a.body, anna.Number) {
		t.Error("somebody who isn't in the list is in the file")
	}
}

// A database that was restored from a backup without a word shows on the overview,
// to whoever can see to it, until it is said.
func TestForgottenRestoreShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(access.Viewer, "vera.viewer@acme.example", w.north.ID)
	const words = "muster-cloud restored"
	if a := w.as(w.admin.Email).get("/"); strings.Contains(a.body, words) {
		t.Fatal("it is said without a reason")
	}
	err := w.store.Adopt(t.Context(), device.Certificate{Serial: "f00", NotBefore: w.now()}, w.admin.Org)
	if !errors.Is(err, access.ErrNotFound) {
		t.Fatal(err)
	}
	w.as(w.admin.Email).get("/").shows(t, http.StatusOK, words, "restored from a backup")
	if a := w.as("vera.viewer@acme.example").get("/"); strings.Contains(a.body, words) {
		t.Error("a viewer is told")
	}
	if err := w.store.BeginFeedsAnew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.as(w.admin.Email).get("/"); strings.Contains(a.body, words) {
		t.Error("it is still said")
	}
}
