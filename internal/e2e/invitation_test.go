package e2e_test

import (
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/store"
	"muster/cloud/store/sqlite"
	"muster/internal/stage"
	"muster/invite"
)

const olgaEmail = "olga@elsewhere.example"

// seedOlga gives somebody an account in another organisation, by a mail that she
// answers, and the first organisation a manager. It returns the manager's token.
// The cloud must not be running.
func (w *world) seedOlga() (token string) {
	w.t.Helper()
	db, err := sqlite.Open(w.ctx, filepath.Join(w.opts.Data, "cloud.db"))
	w.check(err)
	s := store.New(db.Write, db.Read, db, time.Now)
	defer func() { w.check(s.Close()) }()

	_, secret, err := s.AddOrganisation(w.ctx, "Elsewhere", access.User{Email: "boss@elsewhere.example", Name: "Boss"})
	w.check(err)
	boss, err := s.ChoosePassword(w.ctx, secret, adminPassword)
	w.check(err)
	policy := invite.DefaultPolicy
	policy.Details = false
	w.check(s.SetPolicy(w.ctx, boss.Actor(), policy))
	site, err := s.AddSite(w.ctx, boss.Actor(), attendance.Site{Name: "Elsewhere", TimeZone: "UTC"})
	w.check(err)
	p, err := s.AddPerson(w.ctx, boss.Actor(), attendance.Profile{FirstName: "Olga", LastName: "Elsewhere"}, []attendance.SiteID{site.ID}, invite.Contact{Email: olgaEmail})
	w.check(err)
	_, err = s.Ask(w.ctx, boss.Actor(), invite.Order{To: invite.Selection{IDs: []attendance.ProfileID{p.ID}}})
	w.check(err)
	jobs, err := s.TakeOn(w.ctx, "mail", 10, time.Now().Add(time.Minute))
	w.check(err)
	for _, j := range jobs {
		link := attendance.NewID[string]()
		hash := sha256.Sum256([]byte(link))
		_, err := s.Hand(w.ctx, "mail", []invite.Handing{{ID: j.ID, Channel: invite.Email, Address: j.Contact.Email, Token: hash[:], Expires: time.Now().Add(time.Hour)}})
		w.check(err)
		_, err = s.ClaimLinkWith(w.ctx, link, adminPassword)
		w.check(err)
	}

	admin, err := s.ByAPIToken(w.ctx, w.api.Token)
	w.check(err)
	_, secret, err = s.AddUser(w.ctx, admin.Actor(), access.User{Email: "manager@example.org", Name: "Mia", Role: access.SiteManager, Sites: []attendance.SiteID{attendance.SiteID(w.site)}})
	w.check(err)
	manager, err := s.ChoosePassword(w.ctx, secret, adminPassword)
	w.check(err)
	token, err = s.IssueAPIToken(w.ctx, manager.Actor(), "story", time.Time{})
	w.check(err)
	return token
}

// A manager adds somebody who has an account elsewhere. Her first tap at the
// tablet asks her; she closes it, finds it again, and says yes while the cloud is
// away. It learns so later, and her next tap tells her.
func TestL15JoinAtTheTablet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.check(w.cloud.Stop())
	manager := w.seedOlga()
	w.startCloud()

	asManager := *w.api
	asManager.Token = manager
	var olga struct {
		ID string `json:"id"`
	}
	w.check(asManager.Do(w.ctx, "POST", "/api/v1/employees", map[string]any{"first_name": "Olga", "last_name": "Here", "sites": []string{w.site}, "email": olgaEmail}, &olga))
	w.check(asManager.Do(w.ctx, "POST", "/api/v1/employees/"+olga.ID+"/cards", map[string]any{"uid": uid(1)}, nil))
	w.employee("Anna", "Petersen", uid(2))
	membership := func() string {
		var is struct {
			State struct {
				Membership string `json:"membership"`
			} `json:"state"`
		}
		w.get("/api/v1/invitations/"+olga.ID, &is)
		return is.State.Membership
	}
	if m := membership(); m != "invited" {
		t.Fatalf("added by a manager, she is %q", m)
	}

	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 2)
	step := func(name string) stage.Shown {
		t.Helper()
		s, err := tab.Await(w.ctx, "the invitation's "+name, func(s stage.Shown) bool { return s.Scene == "invitation" && s.Step == name })
		w.check(err)
		return s
	}

	// The receipt first, then the question; the next person's card ends it.
	w.check(r.Tap(w.ctx, uid(1)))
	if s := w.scene(tab, "accepted"); !s.Joining.Here || s.Name != "Olga Here" {
		t.Errorf("her receipt says %+v", s)
	}
	first := step("question")
	if first.Organisation != "Example" || first.ID == "" {
		t.Errorf("the question is %+v", first)
	}
	w.check(r.Tap(w.ctx, uid(2)))
	if s := w.scene(tab, "accepted"); s.Name != "Anna Petersen" || s.Joining.Here {
		t.Errorf("the next person's receipt says %+v", s)
	}
	w.scene(tab, "ready")

	// lookUp goes by the menu. Another card comes before: one that was away for a
	// moment only is not even a tap.
	lookUp := func() {
		t.Helper()
		w.check(r.Tap(w.ctx, uid(9)))
		w.scene(tab, "refused")
		w.scene(tab, "ready")
		w.check(tab.Type("invitations"))
		step("card")
		w.check(r.Tap(w.ctx, uid(1)))
	}

	// Closed, it is found again; that is no punch. The question that has gone
	// answers nothing.
	w.check(tab.Type("join " + first.ID))
	lookUp()
	if s := step("question"); s.ID != first.ID {
		t.Errorf("found again: %+v, want %s", s, first.ID)
	}
	w.check(tab.Type("later"))
	if s := w.scene(tab, "ready"); !s.Invitations {
		t.Error("closed, there is no way back to it")
	}

	// Yes, while the cloud is away; and the power goes.
	w.check(w.cloud.Stop())
	lookUp()
	w.check(tab.Type("join " + step("question").ID))
	step("answered")
	w.check(tab.Kill())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	lookUp()
	step("waiting")

	w.startCloud()
	w.eventually("she is a member", func() bool { return membership() == "accepted" })
	for told := false; !told; {
		lookUp()
		s, err := tab.Await(w.ctx, "what became of it", func(s stage.Shown) bool { return s.Scene == "invitation" && s.Step != "card" })
		w.check(err)
		told = s.Step == "none" && s.Outcome == "joined"
	}
	if n := len(w.punches()); n != 2 {
		t.Errorf("%d punches, want the first two taps", n)
	}
	var lying struct {
		Items []struct{} `json:"items"`
	}
	w.get("/api/v1/quarantine", &lying)
	if len(lying.Items) > 0 {
		t.Errorf("%d rows in quarantine", len(lying.Items))
	}
}
