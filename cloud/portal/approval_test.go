package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"muster/attendance"
)

// K29: a person's own page says which punches wait for approval, counts them for the
// time being and says so; what was rejected is named, and neither counts nor says
// that they are at work.
func TestK29OwnPunchesSayHowTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(w.berlin("2026-10-21 18:00"))
	w.policy(false, false)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	d := w.tablet("Gate")
	d.punch(p, attendance.In, w.berlin("2026-10-21 08:00"), sure)
	d.offline = true
	d.punch(p, attendance.Out, w.berlin("2026-10-21 12:00"), sure)
	d.punch(p, attendance.In, w.berlin("2026-10-21 17:30"), sure)
	b := w.as(p.Number, password)
	const provisional, waits = "not every punch is approved yet", "waits for approval"
	for _, page := range []string{"/my", "/my/punches"} {
		if a := b.get(page).shows(t, http.StatusOK, "4:30 ", provisional); strings.Count(a.body, waits) != 2 {
			t.Errorf("%s: %s", page, a.body)
		}
	}
	b.get("/my").shows(t, http.StatusOK, "At work since 17:30")
	decide := func(v attendance.Approval, i int) {
		t.Helper()
		all, _, err := w.store.Punches(t.Context(), w.admin.Actor(), attendance.LogQuery{})
		if err != nil {
			t.Fatal(err)
		}
		must(w.store.DecidePunches(t.Context(), w.admin.Actor(), attendance.Decision{Verdict: v, IDs: []attendance.PunchID{all[i].Punch.ID}}))(t)
	}
	decide(attendance.Rejected, 0) // the newest
	a := b.get("/my").shows(t, http.StatusOK, "Not at work", "<dd>4:00 ", "rejected", provisional)
	if strings.Count(a.body, waits) != 1 {
		t.Errorf("after one was rejected: %s", a.body)
	}
	decide(attendance.Approved, 1)
	a = b.get("/my/punches").shows(t, http.StatusOK, "4:00 ", "approved", "doesn")
	if strings.Contains(a.body, provisional) || strings.Contains(a.body, waits) {
		t.Errorf("nothing waits any more: %s", a.body)
	}
}
