package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/sync/wire"
)

// B5: a card for some days, one that begins later, one that was lost on a day
// that has passed, one that is blocked: the page says each, and keeps what was
// typed where something is wrong.
func TestCardsForATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bert := w.person("Anna", "Berg", w.north.ID), w.person("Bert", "Amsel", w.north.ID)
	b := w.as(w.admin.Email)
	home := "/employees/" + string(anna.ID)
	zone := w.north.Location()
	day := func(n int) time.Time { return attendance.StartOfDay(w.now(), zone).AddDate(0, 0, n) }
	iso := func(n int) string { return day(n).Format(time.DateOnly) }

	a := b.post(home+"/cards", url.Values{"uid": {"04 01 02 03"}, "to": {iso(-1)}})
	a.shows(t, http.StatusUnprocessableEntity, "beyond what is possible", `value="04 01 02 03"`)
	b.post(home+"/cards", url.Values{"uid": {"04 01 02 03"}, "to": {"yesterday"}}).shows(t, http.StatusUnprocessableEntity, "right form")
	b.post(home+"/cards", url.Values{"uid": {"04 01 02 03"}, "from": {iso(2)}, "to": {iso(3)}}).leadsTo(t, home+"#cards")
	m := must(w.store.Member(t.Context(), w.admin.Actor(), anna.ID))(t)
	if c := m.Cards[0]; !c.From.Equal(day(2)) || !c.To.Equal(day(4)) {
		t.Errorf("lent from %v to %v, want %v to %v", c.From, c.To, day(2), day(4))
	}
	b.get(home).shows(t, http.StatusOK, "from "+day(2).Format("2 Jan 2006"), "until "+day(4).Format("2 Jan 2006"))
	b.get("/employees").shows(t, http.StatusOK, "no card")
	b.post("/employees/"+string(bert.ID)+"/cards", url.Values{"uid": {"04 01 02 03"}, "to": {iso(3)}}).
		shows(t, http.StatusUnprocessableEntity, "promised to somebody")

	card := string(m.Cards[0].ID)
	b.post(home+"/cards/"+card+"/end", url.Values{"day": {"31.2."}}).shows(t, http.StatusUnprocessableEntity, "Lost since", "right form")
	b.post(home+"/cards/"+card+"/end", url.Values{"day": {""}}).leadsTo(t, home+"#cards")
	b.post(home+"/cards", url.Values{"uid": {"04 01 02 04"}}).leadsTo(t, home+"#cards")
	m = must(w.store.Member(t.Context(), w.admin.Actor(), anna.ID))(t)
	for _, c := range m.Cards {
		if c.To.IsZero() {
			b.post(home+"/cards/"+string(c.ID)+"/block", nil).leadsTo(t, home+"#cards")
		}
	}
	b.get("/employees").shows(t, http.StatusOK, "blocked card")
}

// The list of punches of one person alone, from their own page.
func TestPunchesOfOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bert := w.person("Anna", "Berg", w.north.ID), w.person("Bert", "Amsel", w.north.ID)
	gate := w.tablet(w.north.ID, "Gate 2")
	gate.punch(anna, attendance.In, w.now().Add(-time.Hour))
	gate.punch(bert, attendance.In, w.now().Add(-time.Hour))
	b := w.as(w.admin.Email)
	list := "/punches?person=" + string(anna.ID)
	b.get("/employees/"+string(anna.ID)).shows(t, http.StatusOK, `href="`+list+`"`)
	a := b.get(list)
	a.shows(t, http.StatusOK, "Only Anna Berg", "Show everybody")
	if strings.Contains(a.body, "Amsel") {
		t.Error("somebody else's punches are listed")
	}
	b.get("/punches?person="+string(attendance.NewID[attendance.ProfileID]())).shows(t, http.StatusNotFound)
	b.get("/punches?person=x").shows(t, http.StatusNotFound)
}

// A tablet that lags behind says so, and since when; so does one that can't use
// what it is told.
func TestTabletsThatAreBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate, door := w.tablet(w.north.ID, "Gate 2"), w.tablet(w.north.ID, "Door")
	heads := must(w.store.FeedHeads(t.Context()))(t)
	epoch := must(w.store.SitePage(t.Context(), w.north.ID, 0, 1<<10))(t).GetEpoch()
	head := heads[w.north.ID]
	for _, d := range []*terminal{gate, door} {
		d.presence(true)
		d.pulse(&wire.Pulse{FeedEpoch: epoch, FeedVersion: head, FeedPeople: head, FeedCurrentUs: w.now().UnixMicro()})
	}
	b := w.as(w.admin.Email)
	b.get("/devices").shows(t, http.StatusOK, "People and cards", "Up to date")
	w.person("Anna", "Berg", w.north.ID)
	w.person("Bert", "Amsel", w.north.ID)
	b.get("/devices").shows(t, http.StatusOK, "2 changes behind, up to date")
	b.get("/sites").shows(t, http.StatusOK, "2 behind")
	door.pulse(&wire.Pulse{
		FeedEpoch: epoch, FeedVersion: head + 2, FeedPeople: head + 2, FeedCurrentUs: w.now().UnixMicro(), FeedSkipped: 1, FeedProblem: "card: odd",
	})
	b.get("/sites").shows(t, http.StatusOK, "1 behind")
	b.get("/devices").shows(t, http.StatusOK, "1 change of people and cards")
	door.pulse(&wire.Pulse{FeedEpoch: "another", FeedVersion: head, FeedPeople: head})
	b.get("/devices").shows(t, http.StatusOK, "Still to be fetched")
}
