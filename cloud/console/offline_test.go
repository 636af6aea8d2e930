package console_test

import (
	"net/url"
	"strings"
	"testing"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// K29: the form of a site offers the choices with a sentence each, shows the one
// that holds, keeps another, and refuses what is none; the log has words for the
// taps that are refused.
func TestK29ChosenInTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	page := "/sites/" + string(w.north.ID)
	chosen := func(value string) bool {
		return strings.Contains(b.get(page).body, `name="offline" value="`+value+`" checked`)
	}
	if body := b.get(page).body; !chosen("allowed") || strings.Count(body, `name="offline"`) != 3 || !strings.Contains(body, "nobody can clock in or out until it is back") {
		t.Errorf("the form: %s", body)
	}
	form := url.Values{"name": {w.north.Name}, "time_zone": {w.north.TimeZone}, "language": {w.north.Language}, "offline": {"refused"}}
	b.post(page, form).leadsTo(t, "/sites")
	if s := must(w.store.Site(t.Context(), w.admin.Actor(), w.north.ID))(t); s.Offline != attendance.OfflineRefused || !chosen("refused") || chosen("allowed") {
		t.Errorf("kept %+v", s)
	}
	form.Set("offline", "whatever")
	if a := b.post(page, form); a.StatusCode != 422 {
		t.Errorf("what is no choice: %d", a.StatusCode)
	}
	if !strings.Contains(b.get("/sites/new").body, `name="offline" value="allowed" checked`) {
		t.Error("a new site has nothing chosen")
	}
	gate := w.tablet(w.north.ID, "Gate")
	gate.refuse(attendance.NoLine, "", w.now())
	if !strings.Contains(b.get("/punches?show=refused").body, "The tablet had no connection") {
		t.Error("the log has no words for it")
	}
}

// K29: a tablet whose program doesn't know the choice says so on its page.
func TestK29OlderProgramIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	gate := w.tablet(w.north.ID, "Gate")
	page := "/devices/" + string(gate.at.Device)
	for reading, want := range map[uint32]bool{device.ReadsOffline - 1: true, device.ReadsOffline: false} {
		gate.pulse(&wire.Pulse{SentUs: 1, Reading: reading})
		if got := strings.Contains(b.get(page).body, "takes punches without a connection whatever the site says"); got != want {
			t.Errorf("a program that reads %d: %v", reading, got)
		}
	}
}
