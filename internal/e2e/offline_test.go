package e2e_test

import (
	"net/http"
	"testing"
)

// K29: a site that takes punches only with a line. Its tablet counts taps while
// the cloud is there, refuses them when it is switched on without one, tells of
// that afterwards, and counts again.
func TestK29OnlyWithALine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.employee("Person", string(rune('A'+i)), uid(i+1))
	}
	w.check(w.api.Do(w.ctx, http.MethodPatch, "/api/v1/sites/"+w.site, map[string]any{"offline": "refused"}, nil))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 3)
	w.check(r.Tap(w.ctx, uid(1)))
	first := w.scene(tab, "accepted")

	w.check(w.cloud.Stop())
	w.check(tab.Kill())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	w.check(r.Tap(w.ctx, uid(2)))
	if s := w.scene(tab, "refused"); s.Reason != "no-line" || s.Code != "T2" {
		t.Errorf("without a line: %s, code %s", s.Reason, s.Code)
	}

	w.startCloud()
	var list struct {
		Items []struct {
			Reason string `json:"reason"`
			Name   string `json:"name"`
		} `json:"items"`
	}
	w.eventually("the refusal has arrived", func() bool { w.get("/api/v1/refusals", &list); return len(list.Items) > 0 })
	if got := list.Items[0]; len(list.Items) != 1 || got.Reason != "no-line" || got.Name != "Person B" {
		t.Errorf("refusals: %+v", list.Items)
	}
	w.check(r.Tap(w.ctx, uid(3)))
	last := w.scene(tab, "accepted")
	w.eventually("both punches have arrived", func() bool { return len(w.punches()) >= 2 })
	if got := w.punches(); len(got) != 2 || got[0].ID != first.Punch || got[1].ID != last.Punch {
		t.Errorf("punches: %+v", got)
	}
}

// K29: a site that has offline punches approved. What its tablet takes without the
// cloud is shown as counted and still to be approved, and waits in the cloud until
// somebody says yes; what it takes with a line needs nobody.
func TestK29ApprovedAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.employee("Person", string(rune('A'+i)), uid(i+1))
	}
	w.check(w.api.Do(w.ctx, http.MethodPatch, "/api/v1/sites/"+w.site, map[string]any{"offline": "approval"}, nil))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 3)
	w.check(r.Tap(w.ctx, uid(1)))
	if s := w.scene(tab, "accepted"); s.Approval != "" {
		t.Errorf("with a line it says %q", s.Approval)
	}
	w.eventually("the first punch has arrived", func() bool { return len(w.punches()) == 1 })

	w.check(w.cloud.Stop())
	w.check(tab.Kill())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	w.check(r.Tap(w.ctx, uid(2)))
	offline := w.scene(tab, "accepted")
	if offline.Approval != "waiting" || offline.Name != "Person B" {
		t.Errorf("without a line: %q says %q", offline.Name, offline.Approval)
	}

	w.startCloud()
	var list struct {
		Items []struct {
			ID       string `json:"id"`
			Approval string `json:"approval"`
		} `json:"items"`
	}
	w.eventually("it waits in the cloud", func() bool { w.get("/api/v1/punches?approval=waiting", &list); return len(list.Items) > 0 })
	if got := list.Items[0]; len(list.Items) != 1 || got.ID != offline.Punch || got.Approval != "waiting" {
		t.Errorf("what waits: %+v", list.Items)
	}
	w.check(w.api.Do(w.ctx, http.MethodPost, "/api/v1/punches/"+offline.Punch+"/approve", nil, nil))
	w.get("/api/v1/punches?approval=approved", &list)
	if len(list.Items) != 1 || list.Items[0].ID != offline.Punch {
		t.Errorf("what is approved: %+v", list.Items)
	}
}
