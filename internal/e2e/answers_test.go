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

	tap := func(uid string) stage.Shown {
		w.check(r.Tap(w.ctx, uid))
		s, err := tab.Await(w.ctx, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" })
		w.check(err)
		return s
	}
	for _, c := range []struct{ uid, scene, reason string }{
		{uid(2), "refused", "blocked-card"},
		{uid(3), "refused", "blocked-person"},
		{uid(99), "refused", "unknown-card"},
		{"08a1b2c3", "refused", "random-uid"},
	} {
		s := tap(c.uid)
		if s.Scene != c.scene || s.Reason != c.reason {
			t.Errorf("card %s: %s %s, want %s %s", c.uid, s.Scene, s.Reason, c.scene, c.reason)
		}
		if c.scene == "refused" && s.Code == "" {
			t.Errorf("card %s: refused without a code for the support desk", c.uid)
		}
	}
	// Anna, somebody else, Anna again: the second time she is told of the first.
	// On a machine so slow that the debounce time has run out, it is a punch.
	ticks, others := 0, 0
	for again := false; !again; {
		// Others come in between: a card that was away for a moment only is not
		// even a tap.
		elsewhere := func() {
			for i := range 4 {
				tap(uid(90 + i))
				others++
			}
		}
		elsewhere()
		if tap(uid(1)).Scene == "accepted" {
			ticks++
		}
		elsewhere()
		s := tap(uid(1))
		again = s.Reason == "too-soon"
		if s.Scene == "accepted" {
			ticks++
		} else if s.Name != "Anna Petersen" {
			t.Errorf("the double tap is answered to %q", s.Name)
		}
	}
	w.eventually("the punches have arrived", func() bool { return len(w.punches()) >= ticks })
	w.eventually("the tablet has told everything", func() bool {
		var list struct {
			Items []struct{} `json:"items"`
		}
		w.get("/api/v1/refusals", &list)
		return len(list.Items) >= 4+others+1
	})
	if n := len(w.punches()); n != ticks {
		t.Errorf("%d punches, want one for each of the %d ticks", n, ticks)
	}
}
