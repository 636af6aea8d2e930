package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/invite"
)

// B6, J10-J13: the profile shows each message with what became of it, the block
// with its cause, and an admin lifts it there; a site manager sees it too, and is
// told whom to ask.
func TestJ10J11J13BlockOnTheProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "nobody@example.com"}, w.north.ID)
	w.user("site-manager", "mia.manager@acme.example", w.north.ID)
	w.ask(anna)
	w.deliverAll(map[string]invite.Undeliverable{"nobody@example.com": gone})
	page := "/employees/" + string(anna.ID)
	b := w.as(w.admin.Email)
	b.get(page).shows(t, http.StatusOK, "Nothing is sent to this address:", "Nobody has this address", "User unknown", `id="messages"`, "Could not be sent", `action="/invitations/blocks/lift"`)
	a := w.as("mia.manager@acme.example").get(page)
	a.shows(t, http.StatusOK, "Nothing is sent to this address:", "An organisation admin can lift a block.")
	if strings.Contains(a.body, `action="/invitations/blocks/lift"`) {
		t.Error("a site manager is offered to lift the block")
	}
	b.post("/invitations/blocks/lift", url.Values{"address": {"nobody@example.com"}, "person": {string(anna.ID)}}).leadsTo(t, page+"#invitation")
	if a := b.get(page); strings.Contains(a.body, "Nothing is sent to this address:") {
		t.Error("it is lifted, and still shown")
	}
}

// K9, K11, P20: the profile is marked as invited, tells when it can be chased
// again, and lists every message with way, time and order.
func TestK9K11P20ProfileTellsWhenToChaseAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	page := "/employees/" + string(anna.ID)
	if a := w.as(w.admin.Email).get(page); strings.Contains(a.body, `id="messages"`) {
		t.Error("messages are shown before there is one")
	}
	w.forward(-invite.ChaseEvery)
	first := w.ask(anna)
	w.deliverAll(nil)
	w.forward(invite.ChaseEvery)
	b := w.as(w.admin.Email)
	b.get(page).shows(t, http.StatusOK, "note-invited", ">Chase<", "Invitation", "by email", "anna@example.com", "/invitations/batches/"+string(first.ID))
	w.ask(anna)
	w.deliverAll(nil)
	a := b.get(page)
	a.shows(t, http.StatusOK, "Can be chased again", "Reminder")
	if strings.Contains(a.body, ">Chase<") {
		t.Error("it offers a second chase within a day")
	}
}

// A forgotten password: the code is shown once, the sign-in so far ends, the
// account stays active; for anybody else there is nothing to reset.
func TestResetAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	b := w.as(w.admin.Email)
	page := "/employees/" + string(anna.ID)
	b.post(page+"/reset-access", nil).leadsTo(t, page) // not active: said in words
	w.ask(anna)
	w.deliverAll(nil)
	in := must(w.store.ClaimLinkWith(t.Context(), "anna@example.com", "quite unguessable 7"))(t)
	if !in.Steps.Done() {
		t.Fatalf("%+v", in)
	}
	b.get(page).shows(t, http.StatusOK, `href="`+page+`/reset-access"`)
	b.get(page+"/reset-access").shows(t, http.StatusOK, "Reset the access of Anna Berg?", "signed out everywhere", "The account stays active")
	w.user("viewer", "vera.viewer@acme.example", w.north.ID)
	if a := w.as("vera.viewer@acme.example").post(page+"/reset-access", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer: %s", a.Status)
	}
	b.post(page+"/reset-access", nil).shows(t, http.StatusOK, `id="access-code"`, "Shown only now.")
	if _, err := w.store.SignIn(t.Context(), anna.Number, "quite unguessable 7"); err == nil {
		t.Error("the old password still works")
	}
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), anna.ID))(t).State.Account; got != invite.Active {
		t.Errorf("the account is %s", got)
	}
	b.get(page).shows(t, http.StatusOK, "New access", "by hand")
}

// The mailbox shows a mail as its reader would see it, in a frame where nothing
// runs, and its link can be followed; an SMS is plain text.
func TestMailboxOpensAMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mail, sms := w.keep(t, invite.Email, "anna@example.com", "Anna Berg"), w.keep(t, invite.SMS, "+4915112345678", "Boris Petrow")
	b := w.as(w.admin.Email)
	b.get("/invitations/mailbox").shows(t, http.StatusOK, "Nothing leaves this machine.", "Anna Berg", "&#43;4915112345678")
	b.get("/invitations/mailbox/"+string(mail)).shows(t, http.StatusOK, `sandbox="allow-popups allow-popups-to-escape-sandbox"`, `href="https://muster.example/join/EXAMPLE" target="_blank"`)
	b.get("/invitations/mailbox/"+string(mail)+"?text=1").shows(t, http.StatusOK, "mail-text", "As a mail")
	a := b.get("/invitations/mailbox/" + string(mail) + "/html")
	a.shows(t, http.StatusOK, `<base target="_blank">`, "Mein Konto")
	if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox allow-popups") || strings.Contains(policy, "allow-scripts") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	b.get("/invitations/mailbox/"+string(sms)).shows(t, http.StatusOK, "SMS to &#43;4915112345678", `href="https://muster.example/join/EXAMPLE"`)
	for _, id := range []string{"nonsense", string(anyID())} {
		if a := b.get("/invitations/mailbox/" + id); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", id, a.Status)
		}
	}
}
