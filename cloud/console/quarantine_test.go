package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// nobody is the id of a person whom the organisation doesn't have.
const nobody = "0199a0b0-0000-7000-8000-00000000dead"

// cardOf returns the id of a person's card.
func (w *world) cardOf(p attendance.Profile) string {
	w.t.Helper()
	m := must(w.store.Member(w.t.Context(), w.admin.Actor(), p.ID))(w.t)
	return string(m.Cards[0].ID)
}

// questionable is a world with one punch of somebody unknown in quarantine.
func questionable(t *testing.T) (w *world, gate *terminal, anna attendance.Profile, page string) {
	t.Helper()
	w = newWorld(t)
	anna = w.person("Anna", "Berg", w.north.ID)
	w.person("Süd", "Mann", w.south.ID)
	if err := w.store.AssignUID(t.Context(), w.admin.Actor(), anna.ID, []byte{4, 1, 2, 3}, ""); err != nil {
		t.Fatal(err)
	}
	gate = w.tablet(w.north.ID, "Gate 2")
	gate.tell(device.KindPunch, w.now(), &wire.PunchPayload{ProfileId: nobody, SiteId: string(w.north.ID), CardId: w.cardOf(anna), Direction: wire.Direction_DIRECTION_IN})
	all := must(w.store.Quarantined(t.Context(), w.admin.Actor()))(t)
	return w, gate, anna, at("/quarantine/%d", all[0].ID)
}

func TestAssignInTheConsole(t *testing.T) {
	t.Parallel()
	w, _, anna, page := questionable(t)
	b := w.as(w.admin.Email)
	b.get("/").shows(t, 200, `href="/quarantine"`)
	b.get("/quarantine").shows(t, 200, "A person who isn&#39;t known", "becomes a punch once you say whose", `href="`+page+`"`, "Gate 2")
	shown := b.get(page)
	shown.shows(t, 200, "Whose punch is it?", `value="`+string(anna.ID)+`" selected`, "Anna Berg", "nobody known here")
	if strings.Contains(shown.body, "Mann") {
		t.Error("somebody of another site is offered")
	}
	b.post(page+"/assign", url.Values{"employee": {""}}).shows(t, http.StatusUnprocessableEntity, "Please fill this in.")
	b.post(page+"/assign", url.Values{"employee": {nobody}}).shows(t, http.StatusUnprocessableEntity, "Please choose one of the list.")
	b.post(page+"/assign", url.Values{"employee": {string(anna.ID)}}).leadsTo(t, page)
	b.get(page).shows(t, 200, "The punch counts now.", "Ada Admin assigned it to Anna Berg.")
	b.get("/punches").shows(t, 200, "Anna Berg", "assigned by hand")
	b.get("/quarantine").shows(t, 200, "Nothing in question")
	b.post(page+"/assign", url.Values{"employee": {string(anna.ID)}}).shows(t, http.StatusConflict, "Somebody was faster")
}

func TestDismissInTheConsole(t *testing.T) {
	t.Parallel()
	w, _, _, page := questionable(t)
	b := w.as(w.admin.Email)
	b.post(page+"/dismiss", url.Values{"reason": {" "}}).shows(t, http.StatusUnprocessableEntity, "Please fill this in.")
	b.post(page+"/dismiss", url.Values{"reason": {"a test <b>card</b>"}}).leadsTo(t, page)
	b.get(page).shows(t, 200, "It is put aside.", "a test &lt;b&gt;card&lt;/b&gt;")
}

func TestReprocessInTheConsole(t *testing.T) {
	t.Parallel()
	w, gate, _, _ := questionable(t)
	b := w.as(w.admin.Email)
	gate.tell("temperature", w.now(), new(wire.StartedPayload))
	b.get("/quarantine").shows(t, 200, `href="/quarantine/reprocess"`)
	b.get("/quarantine/reprocess").shows(t, 200, "Try 2 records again?", "0 records can be matched now", "2 records still can&#39;t be matched")
	res := b.post("/quarantine/reprocess", nil)
	res.leadsTo(t, "/quarantine?tried=2&matched=0")
	b.get("/quarantine?tried=2&matched=1").shows(t, 200, "1 record could be matched now. 1 record stays in question.")
	b.get("/quarantine?tried=x&matched=-9").shows(t, 200, "Records in question")
}

// Who may only look is shown everything and offered nothing; whose site it isn't
// learns nothing.
func TestQuarantineForOthers(t *testing.T) {
	t.Parallel()
	w, _, anna, page := questionable(t)
	w.user(access.Viewer, "vera@acme.example", w.north.ID)
	w.user(access.SiteManager, "sam@acme.example", w.south.ID)
	vera, sam := w.as("vera@acme.example"), w.as("sam@acme.example")
	shown := vera.get(page)
	shown.shows(t, 200, "Whose punch is it?")
	for _, forbidden := range []string{"<form method=\"post\" action=\"/quarantine", "/quarantine/reprocess"} {
		if strings.Contains(shown.body, forbidden) {
			t.Errorf("a viewer is offered %q", forbidden)
		}
	}
	vera.post(page+"/assign", url.Values{"employee": {string(anna.ID)}}).shows(t, http.StatusForbidden)
	vera.get("/quarantine/reprocess").shows(t, http.StatusForbidden)
	sam.get("/quarantine").shows(t, 200, "Nothing in question")
	sam.get(page).shows(t, http.StatusNotFound)
	sam.post(page+"/assign", url.Values{"employee": {string(anna.ID)}}).shows(t, http.StatusNotFound)
	sam.post(page+"/dismiss", url.Values{"reason": {"x"}}).shows(t, http.StatusNotFound)
	for _, bad := range []string{"x", "999999", "-1", "99999999999999999999"} {
		vera.get("/quarantine/"+bad).shows(t, http.StatusNotFound)
	}
}

// Many people at a site: some are offered, and a search finds the others.
func TestChoosingAmongMany(t *testing.T) {
	t.Parallel()
	w, _, _, page := questionable(t)
	for i := range 101 {
		w.person("Many", at("Person%03d", i), w.north.ID)
	}
	z := w.person("Zoë", "Zzz", w.north.ID)
	b := w.as(w.admin.Email)
	shown := b.get(page)
	shown.shows(t, 200, `role="search"`, "Anna Berg")
	if strings.Contains(shown.body, string(z.ID)) {
		t.Error("everybody is offered")
	}
	b.get(page+"?q=zoe").shows(t, 200, string(z.ID), "Anna Berg")
}

// Each reason that there is has its words.
func TestReasonsInWords(t *testing.T) {
	t.Parallel()
	w, gate, anna, _ := questionable(t)
	b := w.as(w.admin.Email)
	for reason, words := range map[string]string{
		"malformed-row: seq: counts from 1": "A damaged record", "clone": "Two different records in the same place", "never-heard-of": "Not understood",
	} {
		d := device.Delivery{Org: w.admin.Org, Device: gate.at.Device, Received: w.now(), Broken: []device.Broken{{Reason: reason, Body: []byte(reason)}}}
		if _, err := w.store.Deliver(t.Context(), []device.Delivery{d}); err != nil {
			t.Fatal(err)
		}
		all := must(w.store.Quarantined(t.Context(), w.admin.Actor()))(t)
		for _, q := range all {
			if q.Reason == reason {
				b.get(at("/quarantine/%d", q.ID)).shows(t, 200, words, reason)
			}
		}
		b.get("/quarantine").shows(t, 200, words)
	}
	// A time that can't be written down is no reason to fall over.
	gate.tell(device.KindPunch, time.UnixMicro(-9e18).UTC(), &wire.PunchPayload{ProfileId: string(anna.ID), SiteId: string(w.north.ID), Direction: wire.Direction_DIRECTION_IN})
	b.get("/quarantine").shows(t, 200, "A time that can&#39;t be")
}

// An alarm stands on the overview and on the tablet's page, in words.
func TestAlarmsInTheConsole(t *testing.T) {
	t.Parallel()
	w, gate, _, _ := questionable(t)
	if err := w.store.Alarm(t.Context(), w.admin.Org, gate.at.Device, device.AlarmTwins, "from two addresses"); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.admin.Email)
	b.get("/").shows(t, 200, "Two devices are connected as this tablet", "Look whether two devices run as this tablet.")
	b.get("/devices/"+string(gate.at.Device)).shows(t, 200, "Two devices are connected as this tablet")
	b.get("/quarantine").shows(t, 200, "Two tablets under one identity")
}
