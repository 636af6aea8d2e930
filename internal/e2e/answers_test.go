package e2e_test

import (
	"net/http"
	"testing"

	"muster/internal/stage"
)

// Every tap gets an answer of its own, and only a good one is a punch.
func TestEveryCardGetsItsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	lost := w.employee("Boris", "Sokolov", uid(2))
	gone := w.employee("Chen", "Wei", uid(3))
	var member struct {
		Cards []struct {
			ID string `json:"id"`
		} `json:"cards"`
	}
	w.get("/api/v1/employees/"+lost, &member)
	w.check(w.api.Do(w.ctx, http.MethodPatch, "/api/v1/employees/"+lost+"/cards/"+member.Cards[0].ID, map[string]any{"blocked": true}, nil))
	w.check(w.api.Do(w.ctx, http.MethodPatch, "/api/v1/employees/"+gone, map[string]any{"blocked": true}, nil))

	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 3)

	for _, c := range []struct{ uid, scene, reason string }{
		{uid(1), "accepted", ""},
		{uid(1), "refused", "too-soon"},
		{uid(2), "refused", "blocked-card"},
		{uid(3), "refused", "blocked-person"},
		{uid(99), "refused", "unknown-card"},
		{"08a1b2c3", "refused", "random-uid"},
	} {
		w.check(r.Tap(w.ctx, c.uid))
		s, err := tab.Await(w.ctx, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" })
		w.check(err)
		if s.Scene != c.scene || s.Reason != c.reason {
			t.Errorf("card %s: %s %s, want %s %s", c.uid, s.Scene, s.Reason, c.scene, c.reason)
		}
		if c.scene == "refused" && s.Code == "" {
			t.Errorf("card %s: refused without a code for the support desk", c.uid)
		}
	}
	w.eventually("the punch has arrived", func() bool { return len(w.punches()) > 0 })
	w.eventually("the tablet has told everything", func() bool {
		var list struct {
			Items []struct{} `json:"items"`
		}
		w.get("/api/v1/refusals", &list)
		return len(list.Items) == 5
	})
	if n := len(w.punches()); n != 1 {
		t.Errorf("%d punches, want 1", n)
	}
}
