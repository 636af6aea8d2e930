package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/access"
	"muster/invite"
)

// hides fails the test where a page shows one of these.
func (a answer) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s shows %q", a.Request.URL.Path, text)
		}
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// carried are the hidden fields of a page: what its form would send.
func (a answer) carried() url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(a.body, -1) {
		if !slices.Contains(form[m[1]], m[2]) { // in two forms of the page
			form.Add(m[1], m[2])
		}
	}
	return form
}

// P14 to P19, W17: the list by status, with counts; P4: a search in each column.
func TestP4P14ListOfInvitations(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	all := b.get("/invitations")
	all.shows(t, 200, "Not invited", "Waiting to be sent", "Nobody has this address", "User unknown", "The mailbox is full", "Link opened", "Delivered",
		"Code handed out", "Taken back", "Has begun", "Re-send", "Hand out code", "Lift block", "no email, no phone", "All 30 that match")
	b.get("/invitations?status=error").shows(t, 200, "All 3 that match", "Why it failed", "Any reason")
	one := b.get("/invitations?status=error&reason=unknown-mailbox")
	one.shows(t, 200, "1 person that matches", "person.12@example.com")
	one.hides(t, "person.13@example.com")
	for query, want := range map[string]string{
		"q=" + people[1].Number: "person.01@example.com", "email=on.02@": "person.02@example.com", "phone=49151+234567+09": "&#43;4915123456709", "external=SAP-04716": "SAP-04716",
	} {
		found := b.get("/invitations?" + query)
		found.shows(t, 200, "1 person that matches", want)
	}
	b.get("/invitations?reach=hand").shows(t, 200, "All 5 that match")
	b.get("/invitations?site="+string(w.south.ID)).shows(t, 200, "All 6 that match")
	for _, odd := range []string{"?status=x&reason=y&reach=z&site=q&batch=w", "?after=x", "?q=%00", "?phone=abc", "?site=" + nobody} {
		if a := b.get("/invitations" + odd); a.StatusCode >= 500 {
			t.Errorf("%s: %s", odd, a.Status)
		}
	}
	b.get("/invitations?email=nobodyatall").shows(t, 200, "Nobody fits this filter")
}

// K3: the entry is there while somebody's activation is to come.
func TestK3EntryOnlyWhileSomebodyIsPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	entry := `href="/invitations?status=to-come"`
	b.get("/").hides(t, entry)
	b.get("/invitations").shows(t, 200, "Nobody to invite yet", entry)
	p := w.person("Anna", "Berg", w.north.ID)
	b.get("/").shows(t, 200, entry)
	if err := w.store.DeactivateAccount(t.Context(), w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	b.get("/").hides(t, entry)
	b.get("/invitations").shows(t, 200, "nothing to do here", "Deactivated")
}

// K4, K7, P10, P13: what will happen is shown before, an order is one however often
// the button is pressed, and the result says of each person what became of it.
func TestK7ReviewConfirmResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	boris := w.reached("Boris", "Petrow", invite.Contact{Phone: "+4915123456789"}, w.north.ID)
	zoe := w.reached("Zoe", "Handy", invite.Contact{}, w.north.ID)
	b := w.as(w.admin.Email)
	review := b.post("/invitations/review", url.Values{"id": {string(anna.ID), string(boris.ID), string(zoe.ID)}})
	review.shows(t, 200, "Send 2 messages?", "1 SMS goes out", "anna@example.com", "&#43;4915123456789", "No email and no phone", "Zoe Handy", "Confirm and send 2 messages")
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), anna.ID))(t); got.State.Account != invite.Inactive || got.State.Delivery != invite.None {
		t.Fatalf("looking has sent: %+v", got.State)
	}
	form := review.carried()
	first := b.post("/invitations/send", form)
	to := first.Header.Get("Location")
	if first.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/invitations/batches/") {
		t.Fatalf("%s to %q\n%s", first.Status, to, first.body)
	}
	b.post("/invitations/send", form).leadsTo(t, to) // a second press
	b.get(to).shows(t, 200, "2 messages ordered", "2 messages are waiting to be sent.", "Nothing sent", "No email and no phone", "Take back what waits")
	w.deliverAll(map[string]invite.Undeliverable{"anna@example.com": gone})
	b.get(to).shows(t, 200, "Nothing is waiting any more.", "Nobody has this address", "by SMS")
	b.get("/invitations/blocks").shows(t, 200, "anna@example.com", "Nobody has this address", "User unknown")
}

// A form that is made up, or that comes from elsewhere, sends nothing; more than
// was shown is shown again first.
func TestK7NothingUnseenIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	b := w.as(w.admin.Email)
	form := b.post("/invitations/review", url.Values{"all": {"1"}}).carried()
	w.reached("Boris", "Petrow", invite.Contact{Phone: "+4915123456789"}, w.north.ID)
	b.post("/invitations/send", form).shows(t, http.StatusConflict, "more people can get a message", "Send 2 messages?")
	for _, bad := range []url.Values{{}, {"id": {string(anna.ID)}}, {"id": {"x"}, "key": {"k"}}, {"id": {string(anna.ID)}, "key": {"not-a-uuid"}, "emails": {"1"}, "texts": {"0"}}} {
		b.post("/invitations/send", bad).shows(t, http.StatusBadRequest)
	}
	b.post("/invitations/review", url.Values{}).leadsTo(t, "/invitations")
	r := b.request(http.MethodPost, "/invitations/send", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r).shows(t, http.StatusForbidden)
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), anna.ID))(t); got.State.Account != invite.Inactive || got.State.Delivery != invite.None {
		t.Errorf("%+v", got.State)
	}
}

// J4: all that the filter shows, across pages, but those whose tick was taken away.
func TestJ4SelectionAcrossPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	but := w.reached("Aaron", "Aal", invite.Contact{Email: "but@example.com"}, w.north.ID)
	for i := range 59 {
		w.reached("Many", at("Person%02d", i), invite.Contact{Email: at("p%d@example.com", i)}, w.north.ID)
	}
	w.reached("Other", "Site", invite.Contact{Email: "other@example.com"}, w.south.ID)
	b := w.as(w.admin.Email)
	page := b.get("/invitations?site=" + string(w.north.ID))
	page.shows(t, 200, "All 60 that match", `rel="next"`)
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page.body)
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	if n := strings.Count(second.body, "data-row"); n != 10 {
		t.Errorf("%d people on the second page", n)
	}
	form := page.carried()
	form.Set("all", "1")
	form.Set("except", string(but.ID))
	review := b.post("/invitations/review", form)
	review.shows(t, 200, "Send 59 messages?", "and 49 more")
	to := b.post("/invitations/send", review.carried()).Header.Get("Location")
	b.get(to).shows(t, 200, "59 messages ordered", `rel="next"`)
	b.post(to+"/undo", nil).leadsTo(t, to+"?undone=59")
	b.get(to+"?undone=59").shows(t, 200, "59 messages were taken back.")
	b.get("/invitations").shows(t, 200, "All 61 that match", "Taken back")
}

// K9: within a day nobody is chased twice, and the page says when it is possible.
func TestK9WhenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	ben := w.reached("Ben", "Kohl", invite.Contact{Email: "ben@example.com"}, w.north.ID)
	w.forward(-invite.ChaseEvery)
	w.ask(anna)
	w.deliverAll(nil)
	w.forward(invite.ChaseEvery)
	w.ask(ben)
	w.deliverAll(nil)
	b := w.as(w.admin.Email)
	b.get("/employees/"+string(ben.ID)).shows(t, 200, "Can be chased again", "invited", "good until") // the invitation counts
	b.get("/employees/"+string(anna.ID)).shows(t, 200, "Chase", "invited", "good until")
	w.ask(anna)
	w.deliverAll(nil)
	b.get("/invitations").shows(t, 200, "Can be chased again")
	b.get("/employees/"+string(anna.ID)).shows(t, 200, "Can be chased again")
	b.post("/invitations/review", url.Values{"one": {string(anna.ID)}}).shows(t, 200, "Nothing would be sent", "Got a message within the last 24 hours", "Can be chased again")
	w.forward(invite.ChaseEvery) // beyond what a session lives
	if got := w.ask(anna); got.Queued != 1 {
		t.Errorf("a day after: %+v", got)
	}
}

// A manager has the people of the own sites only; who may only look is offered
// nothing, and gets nothing done without being offered it.
func TestK21ListByReach(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	w.user(access.SiteManager, "mia@acme.example", w.south.ID)
	w.user(access.Viewer, "vera@acme.example", w.north.ID)
	mia, vera := w.as("mia@acme.example"), w.as("vera@acme.example")
	list := mia.get("/invitations")
	list.shows(t, 200, "All 6 that match", "person.04@example.com")
	list.hides(t, "person.00@example.com")
	mia.post("/invitations/review", url.Values{"id": {string(people[0].ID)}}).shows(t, 200, "Nothing would be sent")
	mia.get("/employees/"+string(people[0].ID)+"/hand-out").shows(t, http.StatusNotFound)
	mia.post("/employees/"+string(people[0].ID)+"/hand-out", nil).shows(t, http.StatusNotFound)
	mia.post("/invitations/blocks/lift", url.Values{"address": {"person.12@example.com"}}).shows(t, http.StatusForbidden)
	batch := w.ask(people[0])
	mia.get("/invitations/batches/"+string(batch.ID)).shows(t, http.StatusNotFound)
	seen := vera.get("/invitations")
	seen.shows(t, 200, "person.00@example.com")
	seen.hides(t, "data-row", "Re-send", "Hand out code", "Invite or chase")
	vera.get("/employees/"+string(people[0].ID)).hides(t, "/hand-out", "/account/deactivate")
	for _, path := range []string{"/invitations/review", "/invitations/send", "/invitations/print", "/invitations/print/file", "/employees/" + string(people[0].ID) + "/account/deactivate"} {
		vera.post(path, url.Values{"id": {string(people[0].ID)}}).shows(t, http.StatusForbidden)
	}
	w.browser().get("/invitations").leadsTo(t, "/login?next=%2Finvitations")
}

// J13: an admin lifts a block, and what it held back waits to be sent.
func TestJ13LiftBlock(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	b.get("/invitations/blocks").shows(t, 200, "person.12@example.com", "Lift block")
	b.post("/invitations/blocks/lift", url.Values{"address": {"person.12@example.com"}}).leadsTo(t, "/invitations/blocks")
	b.get("/invitations/blocks").shows(t, 200, "The block is lifted", "No address is blocked")
	b.post("/invitations/blocks/lift", url.Values{"address": {"person.12@example.com"}}).shows(t, http.StatusNotFound)
	b.get("/invitations?q="+people[12].Number).shows(t, 200, "Re-send")
}
