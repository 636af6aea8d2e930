package portal_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/internal/chromium"
	"muster/invite"
)

// neighbour is a second organisation in the same cloud, with a manager who is no
// organisation admin.
type neighbour struct {
	w       *world
	admin   access.User
	manager access.User
	site    attendance.Site
}

func (w *world) neighbour(name string) *neighbour {
	w.t.Helper()
	ctx := w.t.Context()
	n := &neighbour{w: w}
	var err error
	if n.admin, _, err = w.store.AddOrganisation(ctx, name, access.User{Email: "boss@" + strings.ToLower(name[:4]) + ".example", Name: "Bea Boss"}); err != nil {
		w.t.Fatal(err)
	}
	n.site = must(w.store.AddSite(ctx, n.admin.Actor(), attendance.Site{Name: "Quay", TimeZone: "Europe/Berlin", Language: "en"}))(w.t)
	if n.manager, _, err = w.store.AddUser(ctx, n.admin.Actor(), access.User{
		Email: "manager@" + strings.ToLower(name[:4]) + ".example", Name: "Max Manager", Role: access.SiteManager, Sites: []attendance.SiteID{n.site.ID},
	}); err != nil {
		w.t.Fatal(err)
	}
	policy := invite.DefaultPolicy
	policy.Details = false
	if err := w.store.SetPolicy(ctx, n.admin.Actor(), policy); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (n *neighbour) adds(by access.User, email string) attendance.Profile {
	n.w.t.Helper()
	p, _, err := n.w.store.AddMember(n.w.t.Context(), by.Actor(), attendance.Profile{FirstName: "Anna", LastName: "Bergmann"},
		[]attendance.SiteID{n.site.ID}, invite.Contact{Email: email}, invite.ByAddress)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return p
}

func (n *neighbour) code(way invite.Way) string {
	n.w.t.Helper()
	ctx, admin := n.w.t.Context(), n.admin.Actor()
	c := must(n.w.store.DrawJoinCode(ctx, admin, way, n.site.ID, time.Time{}))(n.w.t)
	if err := n.w.store.SetWay(ctx, admin, way, true); err != nil {
		n.w.t.Fatal(err)
	}
	return c.Code
}

const anna = "anna@acme.example"

// L14, L15: it pops up after signing in, is closed without an answer, and found
// again in the menu with how many wait.
func TestL14PopsUpAndIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.active("Anna", "Bergmann", anna)
	n := w.neighbour("Harbour Services")
	there := n.adds(n.manager, anna)
	b := w.as(anna, password)
	b.get("/my").shows(t, http.StatusOK, "Harbour Services asks you to join", `name="answer" value="join"`, `name="answer" value="decline"`)
	b.get("/my/punches").shows(t, http.StatusOK, "Harbour Services asks you to join")
	b.post("/my/organisations/later", url.Values{"profile": {string(there.ID)}, "back": {"/my/punches"}}).leadsTo(t, "/my/punches")
	if a := b.get("/my/punches"); strings.Contains(a.body, "asks you to join") {
		t.Error("it is closed and still there")
	}
	b.get("/my/more").shows(t, http.StatusOK, "My organisations", "1 organisation waits for your answer")
	b.get("/my/organisations").shows(t, http.StatusOK, "Harbour Services asks you to join", "Acme Logistics", "You are here")
	w.as(anna, password).get("/my").shows(t, http.StatusOK, "Harbour Services asks you to join") // at the next sign-in it is there again
}

func TestL15L20JoinAndDecline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.active("Anna", "Bergmann", anna)
	n := w.neighbour("Harbour Services")
	there := n.adds(n.manager, anna)
	b := w.as(anna, password)
	answer := func(what string) answer {
		return b.post("/my/organisations/answer", url.Values{"profile": {string(there.ID)}, "answer": {what}})
	}
	answer("").shows(t, http.StatusBadRequest)
	answer("decline").leadsTo(t, "/my/organisations")
	b.get("/my/organisations").shows(t, http.StatusOK, "You declined", "Join after all")
	answer("decline").leadsTo(t, "/my/organisations") // twice is once
	must(w.store.AddAgain(t.Context(), n.manager.Actor(), there.ID))(t)
	b.get("/my").shows(t, http.StatusOK, "Harbour Services asks you to join") // L20
	answer("join").leadsTo(t, "/my/organisations")
	b.get("/my/organisations").shows(t, http.StatusOK, "You are a member now.", "Joined by invitation")
	b.post("/my/organisations/switch", url.Values{"profile": {string(there.ID)}}).leadsTo(t, "/my")
	if a := b.get("/my/more").shows(t, http.StatusOK, "Harbour Services"); strings.Contains(a.body, "Acme") {
		t.Error("one organisation shows in the other")
	}
	b.get("/my/details").shows(t, http.StatusOK, there.Number, "Quay")
}

// Somebody of one organisation learns nothing of another, and can't answer for
// anybody else.
func TestL16NobodyAnswersForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.active("Anna", "Bergmann", anna)
	mallory := w.active("Mallory", "Meyer", "mallory@acme.example")
	n := w.neighbour("Harbour Services")
	there := n.adds(n.manager, anna)
	b := w.as("mallory@acme.example", password)
	for _, p := range []string{"/my", "/my/organisations", "/my/more"} {
		if a := b.get(p); strings.Contains(a.body, "Harbour") {
			t.Errorf("%s shows another's organisation", p)
		}
	}
	b.post("/my/organisations/answer", url.Values{"profile": {string(there.ID)}, "answer": {"join"}}).shows(t, http.StatusNotFound)
	b.post("/my/organisations/switch", url.Values{"profile": {string(there.ID)}}).shows(t, http.StatusNotFound)
	b.post("/my/organisations/domain", url.Values{"org": {string(n.admin.Org)}}).shows(t, http.StatusNotFound)
	// A colleague's address isn't hers to write into her own details; with somebody's
	// whom nobody knows here she is still nobody else.
	herself := invite.Self{Org: w.admin.Org, Profile: mallory.ID}
	if _, err := w.store.ChangeOwnDetails(t.Context(), herself, invite.Details{Email: anna, Current: password}); err == nil {
		t.Error("an address of a colleague was taken over")
	}
	n.adds(n.manager, "otto@quay.example")
	must(w.store.ChangeOwnDetails(t.Context(), herself, invite.Details{Email: "otto@quay.example", Current: password}))(t)
	b.get("/my").shows(t, http.StatusOK)
	if a := b.get("/my/organisations"); strings.Contains(a.body, "Harbour") {
		t.Error("an address that was only typed opens an invitation")
	}
	b.post("/my/organisations/answer", url.Values{"profile": {string(there.ID)}, "answer": {"join"}}).shows(t, http.StatusNotFound)
	if m := must(w.store.Invitation(t.Context(), n.admin.Actor(), there.ID))(t).State.Membership; m != invite.Asked {
		t.Errorf("somebody answered: %s", m)
	}
}

func TestL21TheKeyIsEnteredInThePortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.active("Anna", "Bergmann", anna)
	n := w.neighbour("Harbour Services")
	key := n.code(invite.ByKey)
	b := w.as(anna, password)
	enter := func(key string) answer { return b.post("/my/join-key", url.Values{"key": {key}}) }
	enter("").shows(t, http.StatusUnprocessableEntity)
	enter("K7QM-X94T-RBC").shows(t, http.StatusUnprocessableEntity, "This key isn’t right")
	enter(strings.ToLower(key)).leadsTo(t, "/my/organisations")
	b.get("/my/organisations").shows(t, http.StatusOK, "Harbour Services", "You joined yourself")
	for range 5 {
		enter("K7QM-X94T-RBC")
	}
	enter(key).shows(t, http.StatusTooManyRequests, "Too many wrong keys")
}

// B7: a join link lets nobody in by being opened, however often.
func TestL8OpeningAJoinLinkJoinsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.active("Anna", "Bergmann", anna)
	n := w.neighbour("Harbour Services")
	link := "/my/join/" + n.code(invite.ByLink)
	stranger, b := w.browser(), w.as(anna, password)
	stranger.get(link).shows(t, http.StatusOK, "Join Harbour Services", "/my/login?next=%2fmy%2fjoin%2f")
	for range 3 {
		b.get(link).shows(t, http.StatusOK, "Join Harbour Services?", "Anna Bergmann")
	}
	self := invite.Self{Org: w.admin.Org, Profile: p.ID}
	if all := must(w.store.Standings(t.Context(), self))(t); len(all) != 1 {
		t.Errorf("opening joined: %+v", all)
	}
	if a := stranger.post(link, nil); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/my/login") {
		t.Errorf("a stranger's button: %s to %s", a.Status, a.Header.Get("Location"))
	}
	b.post(link, nil).leadsTo(t, "/my/organisations")
	b.get(link).shows(t, http.StatusOK, "You are a member of Harbour Services already")
	b.post(link, nil).leadsTo(t, "/my/organisations") // replayed
	if uses := must(w.store.Access(t.Context(), n.admin.Actor()))(t).Codes[invite.ByLink].Uses; uses != 1 {
		t.Errorf("%d uses", uses)
	}
	n.code(invite.ByLink) // drawn anew
	b.get(link).shows(t, http.StatusNotFound, "This link isn’t good any more")
	if _, err := w.store.JoinByCode(t.Context(), self, strings.TrimPrefix(link, "/my/join/")); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the old link: %v", err)
	}
}

// The pop-up, the key and the link in a real browser, in three languages, on a
// phone and on a desk.
func TestL14InABrowser(t *testing.T) {
	axe := chromium.Axe(t, "../..")
	for _, c := range []struct {
		language, name string
		width          int64
		dark           bool
	}{{"en", "Harbour Services", 390, false}, {"de", "Hafen- und Lagerhausgesellschaft Unterelbe mbH", 1280, false}, {"ru", "Портовые услуги", 390, true}, {"ru", "Портовые услуги", 1280, false}, {"de", "Hafen- und Lagerhausgesellschaft Unterelbe mbH", 390, false}, {"en", "Harbour Services", 1280, true}} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.active("Anna", "Bergmann", anna)
			if err := w.store.SetOwnLanguage(t.Context(), invite.Self{Org: w.admin.Org, Profile: p.ID}, c.language); err != nil {
				t.Fatal(err)
			}
			n := w.neighbour(c.name)
			n.adds(n.manager, anna)
			other := w.neighbour("Werft")
			key, link := other.code(invite.ByKey), "/my/join/"+other.code(invite.ByLink)
			win := w.chromium(c.width)
			win.dark(c.dark)
			look := func(name string) {
				win.fits(axe)
				win.shot("org-" + name + "-" + c.language + map[bool]string{true: "-phone", false: ""}[c.width < 500])
			}
			win.open("/my/login?language=" + c.language)
			win.fill("#f-name", anna)
			win.fill("#f-password", password)
			win.click("form[action='/my/login'] [type=submit]")
			win.until(`document.querySelector("[data-pop-up]")`)
			look("1-popup")
			win.click(".pop-up-close button")
			win.until(`!document.querySelector("[data-pop-up]") && location.pathname === "/my"`)
			win.open("/my/more")
			look("2-menu")
			win.open("/my/organisations")
			look("3-list")
			win.click("button[value=join]")
			win.until(`document.querySelector(".flash")`)
			look("4-joined")
			win.open("/my/join-key")
			win.fill("#f-key", "wrong")
			win.click("main [type=submit]")
			win.until(`document.querySelector(".is-invalid")`)
			look("5-key-wrong")
			win.open(link)
			look("6-link")
			win.open("/my/join-key")
			win.fill("#f-key", key)
			win.click("main [type=submit]")
			win.until(`document.querySelector(".flash")`)
			win.open(link)
			look("7-link-member")
			win.open("/my/organisations")
			look("8-all")
		})
	}
}
