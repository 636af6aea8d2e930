package e2e_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"muster/cloud/store/sqlite"
	"muster/internal/stage"
)

// invitesWorld is a world whose manager is in the roster and holds card 1. Messages
// leave at once; nobody sends them on.
type invitesWorld struct {
	*world
	manager string // the account's id
}

func newInvitesWorld(t *testing.T) *invitesWorld {
	t.Helper()
	w := &invitesWorld{world: newWorld(t, "--undo-time", "0s")}
	mia := w.employee("Mia", "Berger", uid(1))
	var made struct {
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	w.post("/api/v1/users", map[string]any{
		"email": "mia@example.org", "name": "Mia", "role": "site-manager", "sites": []string{w.site}, "number": w.number(mia),
	}, &made)
	w.manager = made.User.ID
	w.endAccount(mia)
	return w
}

func (w *invitesWorld) number(employee string) string {
	w.t.Helper()
	var e struct {
		Number string `json:"number"`
	}
	w.get("/api/v1/employees/"+employee, &e)
	return e.Number
}

// endAccount takes somebody off the list of those who are pending.
func (w *invitesWorld) endAccount(employee string) {
	w.t.Helper()
	w.post("/api/v1/employees/"+employee+"/deactivate", nil, nil)
}

// pendingEmployee adds somebody who can be mailed.
func (w *invitesWorld) pendingEmployee(first, last, email string) string {
	w.t.Helper()
	return w.newID("/api/v1/employees", map[string]any{"first_name": first, "last_name": last, "sites": []string{w.site}, "email": email})
}

// messages counts the messages to somebody that have gone out.
func (w *invitesWorld) messages(employee string) int {
	w.t.Helper()
	var list struct {
		Items []struct {
			Delivery string `json:"delivery"`
		} `json:"items"`
	}
	w.get("/api/v1/invitations/"+employee+"/messages", &list)
	n := 0
	for _, m := range list.Items {
		if m.Delivery != "queued" {
			n++
		}
	}
	return n
}

// longAgo has the last message to everybody have been sent 30 hours ago. The cloud
// must not be running.
func (w *invitesWorld) longAgo() {
	w.t.Helper()
	db, err := sqlite.Open(w.ctx, filepath.Join(w.opts.Data, "cloud.db"))
	w.check(err)
	_, err = db.Write.ExecContext(w.ctx, `UPDATE profiles SET messaged_at = messaged_at - ? WHERE messaged_at != 0`, (30 * time.Hour).Microseconds())
	w.check(err)
	w.check(db.Write.Close())
	w.check(db.Read.Close())
}

func (w *invitesWorld) send(to ...string) {
	w.t.Helper()
	w.post("/api/v1/batches", map[string]any{"to": map[string]any{"ids": to}}, nil)
	for _, id := range to {
		w.eventually("the message has gone out", func() bool { return w.messages(id) > 0 })
	}
}

// step waits for a step of the page.
func (w *invitesWorld) step(tab *stage.Tablet, name string, fits func(stage.Shown) bool) stage.Shown {
	w.t.Helper()
	s, err := tab.Await(w.ctx, "the page of invites: "+name, func(s stage.Shown) bool { return s.Scene == "invites" && s.Step == name && fits(s) })
	w.check(err)
	return s
}

func always(stage.Shown) bool { return true }

// enter opens the page with the manager's card. Another card comes before: one that
// was away for a moment only is not even a tap.
func (w *invitesWorld) enter(tab *stage.Tablet, r *stage.Reader) stage.Shown {
	w.t.Helper()
	w.check(r.Tap(w.ctx, uid(99)))
	w.scene(tab, "refused")
	w.scene(tab, "ready")
	w.check(tab.Type("invites open"))
	w.step(tab, "card", always)
	w.check(r.Tap(w.ctx, uid(1)))
	return w.step(tab, "list", always)
}

// A manager invites from the tablet: the entry is there as long as somebody is
// pending, his card opens the list and nobody else's does, and each hears what came
// of it.
func TestK1K3K4K21InvitesAtTheTablet(t *testing.T) {
	t.Parallel()
	w := newInvitesWorld(t)
	anna := w.pendingEmployee("Anna", "Petersen", "anna@example.org")
	bo := w.pendingEmployee("Bo", "Ng", "")
	chen := w.employee("Chen", "Wei", uid(2))
	w.endAccount(chen)

	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 4)
	ready := func(want bool) {
		t.Helper()
		_, err := tab.Await(w.ctx, "the entry", func(s stage.Shown) bool { return s.Scene == "ready" && s.Invites == want })
		w.check(err)
	}

	// Somebody else's card opens nothing, and is no punch.
	w.check(tab.Type("invites open"))
	w.step(tab, "card", always)
	w.check(r.Tap(w.ctx, uid(2)))
	w.step(tab, "denied", always)
	w.check(tab.Type("invites tick " + anna))
	w.check(tab.Type("invites close"))
	w.scene(tab, "ready")

	list := w.enter(tab, r)
	if len(list.People) != 2 || list.People[0].Name != "Bo Ng" || list.People[0].Hurdle != "no-contact" || list.People[1].ID != anna || list.People[1].Event != "invite" {
		t.Fatalf("the list is %+v", list.People)
	}
	w.check(tab.Type("invites tick " + bo)) // can't be asked, whatever is touched
	w.check(tab.Type("invites all"))
	w.step(tab, "list", func(s stage.Shown) bool { return s.ToInvite == 1 && s.People[1].Ticked && !s.People[0].Ticked })
	w.check(tab.Type("invites review"))
	if s := w.step(tab, "confirm", always); s.Email != 1 || s.SMS != 0 || s.ToRemind != 0 {
		t.Errorf("it is to be confirmed: %+v", s)
	}
	w.check(tab.Type("invites confirm"))
	w.step(tab, "result", func(s stage.Shown) bool {
		return len(s.People) == 1 && s.People[0].Fate == "queued" && !s.People[0].Again.IsZero()
	})
	w.eventually("Anna has her message", func() bool { return w.messages(anna) == 1 })

	var log struct {
		Items []struct {
			Action string `json:"action"`
			User   string `json:"user"`
			Via    string `json:"via"`
			Token  string `json:"token"`
		} `json:"items"`
	}
	w.get("/api/v1/audit?action=ask", &log)
	if len(log.Items) != 1 || log.Items[0].User != w.manager || log.Items[0].Via != "tablet" || log.Items[0].Token != "Gate 2" {
		t.Errorf("the log says %+v", log.Items)
	}

	// Nobody is pending any more: the page says so, and the way to it is gone.
	w.endAccount(anna)
	w.endAccount(bo)
	w.check(tab.Type("invites close"))
	ready(false)
	if n := len(w.punches()); n != 0 {
		t.Errorf("%d punches, want none of the taps at the page", n)
	}
}

// A reminder that was asked for offline comes to the cloud after somebody was
// reminded in the console: exactly one goes out. The power may go in between.
func TestK9K12OfflineReminderAtTheTablet(t *testing.T) {
	t.Parallel()
	w := newInvitesWorld(t)
	anna := w.pendingEmployee("Anna", "Petersen", "anna@example.org")
	vera := w.pendingEmployee("Vera", "Lange", "vera@example.org")
	w.send(anna, vera)
	w.check(w.cloud.Stop())
	w.longAgo()
	w.startCloud()

	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 3)
	w.check(w.cloud.Stop())

	list := w.enter(tab, r)
	if len(list.People) != 2 || list.People[0].Event != "chase" || list.People[1].Event != "chase" {
		t.Fatalf("30 hours later the list is %+v", list.People)
	}
	w.check(tab.Type("invites all"))
	w.check(tab.Type("invites review"))
	w.step(tab, "confirm", func(s stage.Shown) bool { return s.ToRemind == 2 })
	w.check(tab.Type("invites confirm"))
	w.step(tab, "result", func(s stage.Shown) bool { return len(s.People) == 2 && s.People[0].Fate == "" })
	w.check(tab.Kill())

	w.startCloud()
	w.post("/api/v1/batches", map[string]any{"event": "chase", "to": map[string]any{"ids": []string{anna}}}, nil)
	w.eventually("Anna is reminded from the console", func() bool { return w.messages(anna) == 2 })

	// The tablet still knows that it asked, and asks no second time.
	w.check(w.cloud.Stop())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	list = w.enter(tab, r)
	if !list.People[0].Waits || !list.People[1].Waits || list.People[0].Event != "" {
		t.Errorf("after the power cut the list is %+v", list.People)
	}

	w.startCloud()
	w.eventually("Vera is reminded from the tablet", func() bool { return w.messages(vera) == 2 })
	w.step(tab, "list", func(s stage.Shown) bool {
		for _, p := range s.People {
			if p.Waits || p.Hurdle != "too-soon" || !p.Again.After(time.Now().Add(23*time.Hour)) {
				return false
			}
		}
		return len(s.People) == 2
	})
	var mine struct {
		Items []struct {
			ID      string         `json:"id"`
			By      string         `json:"by"`
			Refused map[string]int `json:"refused"`
		} `json:"items"`
	}
	w.get("/api/v1/batches", &mine)
	if b := mine.Items[0]; b.By != w.manager {
		t.Errorf("the newest order is %+v", b)
	} else {
		w.get("/api/v1/batches/"+b.ID, &mine.Items[0])
		if got := mine.Items[0].Refused; got["too-soon"] != 1 || len(got) != 1 {
			t.Errorf("refused: %v", got)
		}
	}
	if n := w.messages(anna); n != 2 {
		t.Errorf("Anna has %d messages, want the invitation and one reminder", n)
	}
	w.check(w.api.Do(w.ctx, http.MethodGet, "/api/v1/punches", nil, nil))
}
