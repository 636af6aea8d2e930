package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/cloud/console"
	"muster/invite"
)

// J3: the checklist checks itself: each line says how it stands, why, and where it
// is mended, and a line that was mended says so.
func TestJ3ChecklistChecksItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.get("/launch").shows(t, http.StatusOK, "There is nobody to invite", `href="/employees/new"`, "No mail server is set up", `href="/invitations/mailbox"`)
	w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	p := w.person("Boris", "Petrow", w.north.ID)
	b.get("/launch").shows(t, http.StatusOK, "2 people have no active account yet", "1 person has neither address nor number", `href="/invitations?reach=hand"`,
		"Site North: no tablet", `href="/devices/new"`, "2 people have no card")
	w.tablet(w.north.ID, "Gate")
	if err := w.store.SetContact(t.Context(), w.admin.Actor(), p.ID, invite.Contact{Phone: "+4915112345678"}); err != nil {
		t.Fatal(err)
	}
	b.get("/launch").shows(t, http.StatusOK, "Site North: 1 tablet, at work", "Everybody has an address or a number", "1 person has only a phone number", `href="/invitations/policy"`)
	w.smsPolicy()
	b.get("/launch").shows(t, http.StatusOK, "1 person gets an SMS")
	w.post.set(func() {
		w.post.ways = console.Ways{Email: console.Open, SMS: console.Open}
		w.post.server = &invite.Undeliverable{Reason: invite.ProviderRefused, Detail: "535 5.7.8 wrong password"}
	})
	b.get("/launch?again=1").shows(t, http.StatusOK, "The mail server doesn&#39;t take our mail", "535 5.7.8 wrong password", "won&#39;t work yet")
	if w.post.looked != 1 {
		t.Errorf("asked afresh %d times", w.post.looked)
	}
	w.post.set(func() { w.post.server = nil })
	b.get("/launch").shows(t, http.StatusOK, "The mail server takes our mail")
}

// J1, J2, W7, W8, W24: silent until the launch; Invite all is reviewed, counted,
// queued at once, can be undone while it waits, and switches the invitation of
// provisioned people on. The menu leads there until everybody is invited.
func TestJ1J2W7W8W24InviteAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.reached("Boris", "Petrow", invite.Contact{Phone: "+4915112345678"}, w.south.ID)
	w.person("Clara", "Keine", w.north.ID)
	b := w.as(w.admin.Email)
	entry := `<a href="/launch"`
	if a := b.get("/employees"); !strings.Contains(a.body, entry) {
		t.Error("the menu doesn't lead to the launch")
	}
	if jobs := must(w.store.TakeOn(t.Context(), "w", 9, w.now()))(t); len(jobs) != 0 {
		t.Fatalf("not silent: %+v", jobs)
	}
	a := b.post("/launch/review", nil)
	a.shows(t, http.StatusOK, "Send 2 messages?", "This is the launch", `name="launch" value="1"`, "Nothing leaves this machine.")
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(a.body)[1]
	a = b.post("/invitations/send", url.Values{"all": {"1"}, "status": {"not-invited"}, "event": {"invite"}, "key": {key}, "emails": {"1"}, "texts": {"1"}, "launch": {"1"}})
	batch := a.Header.Get("Location")
	if !strings.HasPrefix(batch, "/invitations/batches/") {
		t.Fatalf("%s to %q\n%s", a.Status, batch, a.body)
	}
	b.get(batch).shows(t, http.StatusOK, "2 messages are waiting to be sent", batch+"/undo", "by Ada Admin")
	policy := must(w.store.Policy(t.Context(), w.admin.Actor()))(t)
	if policy.Launched.IsZero() || !policy.InviteProvisioned {
		t.Errorf("%+v", policy)
	}
	b.post(batch+"/undo", nil).leadsTo(t, batch+"?undone=2")
	b.get("/invitations/batches").shows(t, http.StatusOK, "Invitations", "by Ada Admin", "2 taken back", "nothing to 1 person")
	b.get("/launch").shows(t, http.StatusOK, "Launched", "people have not been invited", "2 taken back")
	if err := w.store.SetContact(t.Context(), w.admin.Actor(), must(w.store.Invitations(t.Context(), w.admin.Actor(), invite.Query{Filter: invite.Filter{Text: "Clara"}}))(t).People[0].Profile.ID,
		invite.Contact{Email: "clara@example.com"}); err != nil {
		t.Fatal(err)
	}
	must(w.store.Ask(t.Context(), w.admin.Actor(), invite.Order{To: invite.Selection{All: true}}))(t)
	if a := b.get("/employees"); strings.Contains(a.body, entry) {
		t.Error("everybody is invited, and the menu still leads to the launch")
	}
	b.get("/launch").shows(t, http.StatusOK, "Everybody has been invited.")
}

// A manager of one site can't launch by adding a field to the form.
func TestLaunchIsForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.user("site-manager", "mia.manager@acme.example", w.north.ID)
	b := w.as("mia.manager@acme.example")
	b.post("/invitations/send", url.Values{"all": {"1"}, "key": {"6f1c3f4e-58a5-4f0e-9a1e-0d6a5f8f2c11"}, "emails": {"1"}, "texts": {"0"}, "launch": {"1"}})
	if p := must(w.store.Policy(t.Context(), w.admin.Actor()))(t); !p.Launched.IsZero() {
		t.Error("launched")
	}
	if a := b.get("/invitations"); strings.Contains(a.body, `"/launch"`) || strings.Contains(a.body, `"/invitations/policy"`) {
		t.Error("pages are offered that a site manager can't open")
	}
}

// P7, J6, W19, K13: every rule is kept and has its effect; SMS can be chosen only
// where they can leave.
func TestP7Rules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reached("Boris", "Petrow", invite.Contact{Phone: "+4915112345678"}, w.north.ID)
	b := w.as(w.admin.Email)
	b.get("/invitations/policy").shows(t, http.StatusOK, "Only by email", "By email, else by SMS", "The person learns nothing until you invite them.", "Without a photo the account isn&#39;t active.", "Germany (DE)")
	form := url.Values{"singles": {"now"}, "ways": {"sms"}, "photo": {"1"}, "region": {"RU"}, "life": {"72"}, "handout_life": {"24"}}
	b.post("/invitations/policy", form).leadsTo(t, "/invitations/policy")
	got := must(w.store.Policy(t.Context(), w.admin.Actor()))(t)
	if want := (invite.Policy{SMS: true, Region: "RU", InviteSingles: true, Photo: true, Life: 72 * time.Hour, HandoutLife: 24 * time.Hour}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	review := url.Values{"all": {"1"}}
	b.post("/invitations/review", review).shows(t, http.StatusOK, "Send 1 message?")
	form.Set("ways", "email")
	b.post("/invitations/policy", form).leadsTo(t, "/invitations/policy")
	b.post("/invitations/review", review).shows(t, http.StatusOK, "Nothing would be sent", "Only email is allowed here")
	b.get("/employees/new").shows(t, http.StatusOK, `name="invite" value="1" checked`)
	for field, bad := range map[string]string{"life": "0", "handout_life": "2161", "region": "1!"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(field, bad)
		b.post("/invitations/policy", wrong).shows(t, http.StatusUnprocessableEntity, `class="wrong"`)
	}
	w.post.set(func() { w.post.ways = console.Ways{Email: console.Open, SMS: console.Closed} })
	a := b.get("/invitations/policy")
	a.shows(t, http.StatusOK, "no SMS service is set up on this server")
	if strings.Contains(a.body, `value="sms"`) {
		t.Error("SMS can be chosen, and there is nobody who sends them")
	}
}

// K26: each page leads to its place in the help, and from each one can say what one
// thinks: to an address where there is one, else the help, in every language.
func TestK26HelpOnEachPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID)
	b := w.as(w.admin.Email)
	for _, language := range []string{"en", "de", "ru"} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", language); err != nil {
			t.Fatal(err)
		}
		guide := b.get("/help").body
		for page, id := range map[string]string{
			"/": "signs", "/punches": "punches", "/quarantine": "punches", "/employees": "employees", "/employees/new": "employees", "/employees/" + string(anna.ID): "employees", "/import": "employees",
			"/invitations": "access", "/invitations/blocks": "access", "/devices": "tablet", "/devices/new": "tablet", "/activate": "tablet", "/sites": "sites", "/sites/new": "sites",
			"/membership": "membership", "/membership/guides/link": "membership", "/users": "users", "/users/new": "users", "/audit": "users", "/account": "users",
			"/launch": "launch", "/invitations/texts": "texts", "/invitations/policy": "policy", "/invitations/batches": "batches", "/invitations/mailbox": "mailbox",
		} {
			a := b.get(page)
			a.shows(t, http.StatusOK, `href="/help#`+id+`"`, `href="/help"`, `<footer class="page-foot">`)
			if n := strings.Count(a.body, `href="/help#`+id+`"`); n < 2 {
				t.Errorf("%s: %d ways to help and feedback", page, n)
			}
			if !strings.Contains(guide, `id="`+id+`"`) {
				t.Errorf("%s: the help has no place %q", language, id)
			}
		}
	}
}
