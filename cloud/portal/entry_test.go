package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// porter sends mails to people who come in, as the cloud's does, but at once.
type porter struct {
	w     *world
	keeps bool // mails are only kept for administrators

	mu    sync.Mutex
	mails []invite.EntryMail
}

func (p *porter) Ask(r invite.EntryRequest) {
	m, err := p.w.store.AskEntry(p.w.t.Context(), r)
	if err == nil && m.ID != "" && !p.keeps {
		err = p.w.store.EntrySent(p.w.t.Context(), m.ID)
	}
	if err != nil {
		p.w.t.Error(err)
	}
	if m.ID == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
}

func (p *porter) last(t *testing.T, many int) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mails) != many {
		t.Fatalf("%d mails went out, not %d", len(p.mails), many)
	}
	return "/my/entry/" + p.mails[many-1].Secret
}

// ownDomain shows that acme.example is the organisation's, which lets in by it.
func (w *world) ownDomain() {
	w.t.Helper()
	d := must(w.store.AddDomain(w.t.Context(), w.admin.Actor(), "acme.example"))(w.t)
	if err := w.store.VerifyDomain(w.t.Context(), w.admin.Actor(), d.Name, []string{d.Record}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.SetWay(w.t.Context(), w.admin.Actor(), invite.ByDomain, true); err != nil {
		w.t.Fatal(err)
	}
}

var chosen = url.Values{"first_name": {"Nora"}, "last_name": {"Neu"}, "password": {password}}

func (b *browser) takes(t *testing.T, link string, form url.Values) answer {
	t.Helper()
	all := url.Values{"token": {b.get(link).token(t)}}
	for k, v := range form {
		all[k] = v
	}
	return b.post(link, all)
}

// L2: whoever has an address in a verified domain comes in without an account: the
// address is proved by a mail, opening its link claims nothing, the button does, and
// the steps go on as for everybody.
func TestL2ComeInByDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ownDomain()
	w.policy(true, false)
	b := w.browser()
	b.get("/my/login").shows(t, http.StatusOK, `href="/my/come-in"`)
	b.get("/my/come-in").shows(t, http.StatusOK, "Join your organisation")
	b.post("/my/come-in", url.Values{"email": {"Nora@ACME.example"}}).shows(t, http.StatusOK, "Look into your mailbox")
	link := w.porter.last(t, 1)
	for range 3 { // scanners
		w.browser().get(link).shows(t, http.StatusOK, "Join Acme Logistics", "nora@acme.example")
	}
	if a := must(w.store.Access(t.Context(), w.admin.Actor()))(t); a.Taken != 0 {
		t.Fatal("opening took a seat")
	}
	w.browser().post(link, chosen).shows(t, http.StatusUnprocessableEntity) // not from the page
	for _, bad := range []url.Values{
		{"password": {password}}, {"first_name": {"Nora"}, "last_name": {"Neu"}}, {"first_name": {"Nora"}, "last_name": {"Neu"}, "password": {"short"}},
		{"first_name": {"Nora"}, "last_name": {"Neu"}, "password": {"nora@acme.example"}}, {"first_name": {"No\u202era"}, "password": {password}},
	} {
		if a := b.takes(t, link, bad); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %s", bad, a.Status)
		}
	}
	b.takes(t, link, chosen).leadsTo(t, "/my/start")
	b.get("/my").leadsTo(t, "/my/start/details")
	all := must(w.store.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{Text: "Nora"}))(t)
	if all.Total != 1 || must(w.store.Access(t.Context(), w.admin.Actor()))(t).Taken != 1 {
		t.Fatalf("%+v", all)
	}
	w.browser().get(link).shows(t, http.StatusGone, "good no more")
	// The address was proved: it is known when the person is added elsewhere.
	w.as("nora@acme.example", password)
	// Again: nobody is told, and whoever reads the mail is told to sign in.
	w.browser().post("/my/come-in", url.Values{"email": {"nora@acme.example"}}).shows(t, http.StatusOK, "Look into your mailbox")
	w.browser().get(w.porter.last(t, 2)).shows(t, http.StatusOK, "You have an account already")
}

// B7, privacy: the answer is the same for every address, and nothing goes out where
// nobody comes in, nor to one address again and again.
func TestComeInTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ownDomain()
	w.person("Anna", "Berg", "anna@acme.example")
	w.active("Boris", "Petrow", "boris@acme.example")
	normal := func(email string) string {
		a := w.browser().post("/my/come-in", url.Values{"email": {email}})
		a.shows(t, http.StatusOK)
		return strings.ReplaceAll(a.body, email, "X")
	}
	known := normal("anna@acme.example")
	for _, other := range []string{"boris@acme.example", "nobody@acme.example", "nobody@elsewhere.example"} {
		if normal(other) != known {
			t.Errorf("%s is answered otherwise", other)
		}
	}
	w.porter.last(t, 3)
	for range 5 {
		normal("anna@acme.example")
	}
	w.porter.last(t, 5)
	w.browser().post("/my/come-in", url.Values{"email": {"cleo@acme.example"}, "website": {"x"}}).shows(t, http.StatusOK)
	w.porter.last(t, 5)
	w.browser().post("/my/come-in", url.Values{"email": {"no address"}}).shows(t, http.StatusUnprocessableEntity)
	w.browser().post("/my/come-in", url.Values{}).shows(t, http.StatusUnprocessableEntity)
	if err := w.store.SetWay(t.Context(), w.admin.Actor(), invite.ByDomain, false); err != nil {
		t.Fatal(err)
	}
	normal("dora@acme.example")
	link := w.porter.last(t, 5)
	w.browser().get(link).shows(t, http.StatusGone) // the way was closed meanwhile
	w.browser().get("/my/entry/made-up").shows(t, http.StatusNotFound)
	w.browser().get("/my/entry/made-up?language=de").leadsTo(t, "/my/entry/made-up")
}

// Somebody whom the organisation knows by the address claims that account, and no
// second one; who was ended stays out; a full licence lets nobody new in.
func TestComeInAsWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ownDomain()
	anna := w.person("Anna", "Berg", "anna@acme.example")
	gone := w.person("Gundula", "Gone", "gone@acme.example")
	if err := w.store.DeactivateAccount(t.Context(), w.admin.Actor(), gone.ID); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.post("/my/come-in", url.Values{"email": {"gone@acme.example"}})
	b.get(w.porter.last(t, 1)).shows(t, http.StatusOK, "has ended your account")
	if err := w.store.SetLicence(t.Context(), w.admin.Org, invite.Licence{Type: invite.Team, Seats: 2}); err != nil {
		t.Fatal(err)
	}
	b.post("/my/come-in", url.Values{"email": {"nora@acme.example"}})
	b.get(w.porter.last(t, 2)).shows(t, http.StatusOK, "no free place")
	b.post("/my/come-in", url.Values{"email": {"anna@acme.example"}})
	link := w.porter.last(t, 3)
	if a := b.get(link); strings.Contains(a.body, `name="last_name"`) {
		t.Error("a known name is asked for")
	}
	b.takes(t, link, url.Values{"password": {password}}).leadsTo(t, "/my/start")
	if s := w.state(anna); s.Account != invite.Active {
		t.Errorf("%+v", s)
	}
	if all := must(w.store.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{}))(t); all.Total != 2 {
		t.Errorf("%d people", all.Total)
	}
	w.ahead.Add(int64(25 * time.Hour))
	b = w.browser()
	b.get(link).shows(t, http.StatusGone)
}

// L8, L9: a join link and a join key let in whoever proves an address; a link that
// was replaced meanwhile doesn't, and a mail that was only kept proves nothing.
func TestComeInByLinkAndKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	codes := map[invite.Way]string{}
	for _, way := range []invite.Way{invite.ByLink, invite.ByKey} {
		if err := w.store.SetWay(t.Context(), w.admin.Actor(), way, true); err != nil {
			t.Fatal(err)
		}
		codes[way] = must(w.store.DrawJoinCode(t.Context(), w.admin.Actor(), way, w.north.ID, time.Time{}))(t).Code
	}
	b := w.browser()
	b.get("/my/join/"+codes[invite.ByLink]).shows(t, http.StatusOK, "Join Acme Logistics", `name="link" value="`+codes[invite.ByLink]+`"`)
	b.post("/my/come-in", url.Values{"email": {"nora@gmail.com"}, "link": {codes[invite.ByLink]}}).shows(t, http.StatusOK, "Look into your mailbox")
	b.takes(t, w.porter.last(t, 1), chosen).leadsTo(t, "/my/start")
	m := must(w.store.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{Text: "Nora"}))(t)
	if m.Total != 1 || len(m.Members[0].Sites) != 1 {
		t.Errorf("%+v", m)
	}
	b = w.browser()
	b.post("/my/come-in", url.Values{"email": {"otto@web.de"}, "key": {"K7QM-X94T-RBC"}}).shows(t, http.StatusUnprocessableEntity)
	w.porter.keeps = true
	b.post("/my/come-in", url.Values{"email": {"otto@web.de"}, "key": {strings.ToLower(codes[invite.ByKey])}}).shows(t, http.StatusOK)
	b.takes(t, w.porter.last(t, 2), url.Values{"last_name": {"Otto"}, "password": {password}}).leadsTo(t, "/my/start")
	must(w.store.DrawJoinCode(t.Context(), w.admin.Actor(), invite.ByKey, "", time.Time{}))(t)
	b = w.browser()
	b.post("/my/come-in", url.Values{"email": {"pia@web.de"}, "link": {codes[invite.ByLink]}}).shows(t, http.StatusOK)
	must(w.store.DrawJoinCode(t.Context(), w.admin.Actor(), invite.ByLink, "", time.Time{}))(t)
	b.get(w.porter.last(t, 3)).shows(t, http.StatusGone)
}
