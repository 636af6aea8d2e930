package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// L2: a domain is shown to be somebody's by a code that is mailed to an address
// that only whoever runs it can read. No other address can be chosen, wrong codes
// are counted, and one that is over says so.
func TestL2DomainByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.post("/membership/domains", url.Values{"domain": {"acme.example"}})
	b.get("/membership").shows(t, http.StatusOK, `value="postmaster@acme.example"`, `value="admin@acme.example"`, `value="hostmaster@acme.example"`, "_muster.acme.example")
	mail := func(to string) answer {
		return b.post("/membership/domains/mail", url.Values{"name": {"acme.example"}, "to": {to}})
	}
	enter := func(code string) answer {
		return b.post("/membership/domains/code", url.Values{"name": {"acme.example"}, "code": {code}})
	}
	for _, to := range []string{"ada@acme.example", "postmaster@other.example", ""} {
		mail(to).shows(t, http.StatusUnprocessableEntity, "Please choose one of the list")
	}
	if kept := must(w.store.Mailbox(t.Context(), w.admin.Actor(), "", 10))(t); len(kept) != 0 {
		t.Fatalf("%d mails went out", len(kept))
	}
	enter("12345678").shows(t, http.StatusUnprocessableEntity)
	mail("postmaster@acme.example").leadsTo(t, "/membership#domains")
	b.get("/membership").shows(t, http.StatusOK, "Sent to postmaster@acme.example", "Code from the mail")
	mail("admin@acme.example").shows(t, http.StatusUnprocessableEntity, "Another code can be sent from")
	kept := must(w.store.Mailbox(t.Context(), w.admin.Actor(), "", 10))(t)
	if len(kept) != 1 || kept[0].Message.To != "postmaster@acme.example" {
		t.Fatalf("%+v", kept)
	}
	m := kept[0].Message
	code := regexp.MustCompile(`(?m)^[0-9]{8}$`).FindString(m.Text)
	if code == "" || !strings.Contains(m.HTML, code) || !strings.Contains(m.Subject, code) || !strings.Contains(m.Text, "Acme Logistics") {
		t.Fatalf("%+v", m)
	}
	b.get("/invitations/mailbox").shows(t, http.StatusOK, "postmaster@acme.example")
	enter("").shows(t, http.StatusUnprocessableEntity)
	for range 4 {
		enter("00000000").shows(t, http.StatusUnprocessableEntity, "That isn’t the code")
	}
	enter(code).leadsTo(t, "/membership")
	b.get("/membership").shows(t, http.StatusOK, "Verified")
	b.get("/audit").shows(t, http.StatusOK, "acme.example")
}

// A code is over after five wrong ones, and after an hour.
func TestL2CodeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.post("/membership/domains", url.Values{"domain": {"acme.example"}})
	mail := func() string {
		b.post("/membership/domains/mail", url.Values{"name": {"acme.example"}, "to": {"admin@acme.example"}}).leadsTo(t, "/membership#domains")
		return regexp.MustCompile(`[0-9]{8}`).FindString(must(w.store.Mailbox(t.Context(), w.admin.Actor(), "", 1))(t)[0].Message.Subject)
	}
	enter := func(code string) answer {
		return b.post("/membership/domains/code", url.Values{"name": {"acme.example"}, "code": {code}})
	}
	code := mail()
	for range 5 {
		enter("00000000")
	}
	enter(code).shows(t, http.StatusUnprocessableEntity)
	if d := must(w.store.Access(t.Context(), w.admin.Actor()))(t).Domains[0]; !d.Verified.IsZero() {
		t.Fatal("a sixth code was taken")
	}
	w.ahead.Add(int64(2 * time.Minute))
	code = mail()
	w.ahead.Add(int64(time.Hour))
	enter(code).shows(t, http.StatusUnprocessableEntity)
	if d := must(w.store.Access(t.Context(), w.admin.Actor()))(t).Domains[0]; !d.Verified.IsZero() {
		t.Fatal("a code was taken after an hour")
	}
	w.post.set(func() { w.post.fails = &invite.Undeliverable{Reason: invite.ProviderRefused} })
	b.post("/membership/domains/mail", url.Values{"name": {"acme.example"}, "to": {"admin@acme.example"}}).shows(t, http.StatusUnprocessableEntity, "couldn’t be sent")
}

// Nobody has strangers mailed all day, and a manager of a site has nobody mailed.
func TestL2MailsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	for i := range 11 {
		b.post("/membership/domains/remove", url.Values{"name": {"victim.example"}})
		b.post("/membership/domains", url.Values{"domain": {"victim.example"}})
		a := b.post("/membership/domains/mail", url.Values{"name": {"victim.example"}, "to": {"postmaster@victim.example"}})
		if sent := a.StatusCode == http.StatusSeeOther; sent != (i < 10) {
			t.Fatalf("mail %d: %s", i+1, a.Status)
		}
	}
	w.user(access.SiteManager, "mia.manager@acme.example", w.north.ID)
	w.as("mia.manager@acme.example").post("/membership/domains/mail", url.Values{"name": {"victim.example"}, "to": {"admin@victim.example"}}).shows(t, http.StatusForbidden)
}

// Where no mail leaves and several organisations read their mailboxes, a code that
// is mailed would prove nothing, and isn't offered.
func TestL2MailboxProvesNothingToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.post("/membership/domains", url.Values{"domain": {"acme.example"}})
	if _, _, err := w.store.AddOrganisation(t.Context(), "Other", access.User{Email: "o@other.example", Name: "O"}); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/membership"); strings.Contains(a.body, "postmaster@") {
		t.Error("offered")
	}
}
