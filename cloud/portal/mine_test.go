package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

const (
	sure   = attendance.TrustEstimated
	unsure = attendance.TrustNone
)

func (w *world) berlin(value string) time.Time {
	w.t.Helper()
	zone := must(time.LoadLocation("Europe/Berlin"))(w.t)
	return must(time.ParseInLocation("2006-01-02 15:04", value, zone))(w.t)
}

// Somebody sees whether they are clocked in, and the hours of day and week by the
// site's clock.
func TestTodayShowsHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(w.berlin("2026-10-21 12:30")) // a Wednesday
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	d := w.tablet("Gate")
	b := w.as(p.Number, password)
	b.get("/my").shows(t, http.StatusOK, "Not at work", "0:00")
	d.punch(p, attendance.Out, w.berlin("2026-10-18 23:00"), sure) // Sunday: the week before
	d.punch(p, attendance.In, w.berlin("2026-10-19 22:00"), sure)  // Monday, over midnight
	d.punch(p, attendance.Out, w.berlin("2026-10-20 06:30"), sure)
	d.punch(p, attendance.In, w.berlin("2026-10-21 08:00"), sure)
	b.get("/my").shows(t, http.StatusOK, "At work since 08:00", "Site North", "<dd>4:30 ", "<dd>13:00 ")
	w.ahead.Add(int64(20 * time.Hour)) // forgotten to punch out
	b.get("/my").shows(t, http.StatusOK, "Not at work", "<dd>8:30 ")
}

// A week is a page. The night on which clocks go back has an hour more, the day
// sums follow the site's midnight, and times that were doubtful say so.
func TestPunchesByDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(w.berlin("2026-10-28 09:00"))
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	other := w.active("Ben", "Kohl", "ben@example.com")
	d := w.tablet("Gate")
	d.punch(p, attendance.In, w.berlin("2026-09-01 08:00"), sure)
	d.punch(p, attendance.Out, w.berlin("2026-09-01 09:15"), sure)
	d.punch(p, attendance.In, w.berlin("2026-10-24 22:00"), sure)  // Saturday
	d.punch(p, attendance.Out, w.berlin("2026-10-25 06:00"), sure) // Sunday, after the long night: nine hours
	d.punch(p, attendance.In, w.berlin("2026-10-26 08:00"), unsure)
	d.punch(other, attendance.In, w.berlin("2026-10-26 10:11"), sure)
	b := w.as(p.Number, password)
	a := b.get("/my/punches").shows(t, http.StatusOK, "This week", "Monday 26 October", "time uncertain", `href="/my/punches?week=2026-10-19"`)
	if strings.Contains(a.body, "10:11") {
		t.Error("somebody else's punch")
	}
	if strings.Contains(a.body, ">Later") {
		t.Error("a week in the future")
	}
	b.get("/my/punches?week=2026-10-19").shows(t, http.StatusOK, "19 October – 25 October 2026", "9:00", "2:00", "7:00", "Sunday 25 October",
		`href="/my/punches?week=2026-08-31"`, `href="/my/punches?week=2026-10-26"`)
	b.get("/my/punches?week=2026-08-31").shows(t, http.StatusOK, "1:15", "Tuesday 1 September")
	for _, bad := range []string{"x", "2027-01-01", "0001-01-01", "2026-02-31"} {
		b.get("/my/punches?week="+bad).leadsTo(t, "/my/punches")
	}
}

// Cards say whether they work, and never their number; a person sees what is
// theirs and nothing of others.
func TestOwnCardsAndData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	admin := w.admin.Actor()
	b := w.as(p.Number, password)
	b.get("/my/cards").shows(t, http.StatusOK, "No card yet")
	for i := range 3 {
		if err := w.store.AssignUID(t.Context(), admin, p.ID, []byte{4, byte(i), 0xb2, 0xc3, 0xd4, 0xe5, 0xf6}, "MIFARE"); err != nil {
			t.Fatal(err)
		}
	}
	m := must(w.store.Member(t.Context(), admin, p.ID))(t)
	if err := w.store.BlockCard(t.Context(), admin, p.ID, m.Cards[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if err := w.store.EndCard(t.Context(), admin, p.ID, m.Cards[1].ID); err != nil {
		t.Fatal(err)
	}
	a := b.get("/my/cards").shows(t, http.StatusOK, "active", "blocked", "returned")
	for _, c := range m.Cards {
		if strings.Contains(a.body, string(c.ID)) || strings.Contains(a.body, c.ID.Short()) {
			t.Error("a card's number is on the page")
		}
	}
	b.get("/my/invitations").shows(t, http.StatusOK, "Invitation", "by email", "anna@example.com", "opened")
	b.post("/my/details", url.Values{"email": {"anna@ new.example"}, "phone": {"0151 23456789"}, "language": {"de"}}).
		shows(t, http.StatusUnprocessableEntity, "country code is missing", "+4915123456789")
	b.post("/my/details", url.Values{"email": {"anna@example.com"}, "phone": {"+49 151 23456789"}, "language": {"de"}, "current": {password}}).leadsTo(t, "/my/details")
	b.get("/my/details").shows(t, http.StatusOK, "Gespeichert.", "anna@example.com", "+4915123456789")
	b.post("/my/language", url.Values{"language": {"ru"}}).leadsTo(t, "/my/language")
	b.post("/my/language", url.Values{"language": {"xx"}}).shows(t, http.StatusBadRequest)
	own := must(w.store.Own(t.Context(), invite.Self{Org: admin.Org, Profile: p.ID}))(t)
	if own.Profile.Language != "ru" {
		t.Errorf("%+v", own.Profile)
	}
	other := w.active("Ben", "Kohl", "ben@example.com")
	in := invite.Self{Org: admin.Org, Profile: other.ID}
	must(w.store.SetOwnPhoto(t.Context(), in, picture(t, 200, 200)))(t)
	photo := must(w.store.Own(t.Context(), in))(t).Profile.Photo
	if a := b.get("/my/portrait/" + photo); a.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's photo: %s", a.Status)
	}
	b.upload("/my/photo", "photo", "me.jpg", picture(t, 300, 300)).leadsTo(t, "/my/photo")
	b.post("/my/photo/remove", nil).leadsTo(t, "/my/photo")
	w.policy(false, true)
	b.get("/my").leadsTo(t, "/my/start/photo") // it is wanted from now on
	b.upload("/my/start/photo", "photo", "me.jpg", picture(t, 300, 300)).leadsTo(t, "/my/start")
	b.post("/my/photo/remove", nil).shows(t, http.StatusForbidden)
}
