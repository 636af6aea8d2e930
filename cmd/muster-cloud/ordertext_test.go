package main

import (
	"net/http"
	"strings"
	"testing"

	"muster/invite"
)

// W9, J5: the text that was changed before sending is what arrives, in the
// recipient's language; the others get the organisation's own or the standard one.
func TestW9ChangedTextArrives(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	ids := c.people(3) // de, en, ru
	key := func(language string) invite.TemplateKey {
		return invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: language}
	}
	if err := c.store.SetTemplate(c.ctx(), c.admin, key("en"), &invite.Template{Subject: "Welcome", Body: "The organisation's own: {link}"}); err != nil {
		t.Fatal(err)
	}
	_, err := c.store.Ask(c.ctx(), c.admin, invite.Order{To: invite.Selection{IDs: ids}, Texts: map[invite.TemplateKey]invite.Template{
		key("de"): {Subject: "Nur heute", Body: "Nur mit diesem Auftrag, {first_name}: {link}"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.wait(t, 3) {
		want := map[string]string{"de": "Nur mit diesem Auftrag, Person0: " + c.HTTPURL, "en": "The organisation's own: ", "ru": "учёт"}[l.language]
		if !strings.Contains(l.text, want) {
			t.Errorf("%s: no %q in\n%s", l.to, want, l.text)
		}
	}
}

// Without a mail server SMS can be tried too: they are kept, and the links in what
// is kept lead to the portal.
func TestP5MailboxKeepsSMS(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	id := c.people(1)[0]
	if err := c.store.SetContact(c.ctx(), c.admin, id, invite.Contact{Phone: "+4915112345678"}); err != nil {
		t.Fatal(err)
	}
	policy := invite.DefaultPolicy
	policy.SMS = true
	if err := c.store.SetPolicy(c.ctx(), c.admin, policy); err != nil {
		t.Fatal(err)
	}
	c.ask(id)
	c.arrives(id, invite.Sent)
	kept, err := c.store.Mailbox(c.ctx(), c.admin, "", 10)
	if err != nil || len(kept) != 1 || kept[0].Message.Channel != invite.SMS || kept[0].Message.To != "+4915112345678" {
		t.Fatalf("%+v, %v", kept, err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, joinLink.FindString(kept[0].Message.Text), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	page, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close() //nolint:errcheck // it was not even read
	if page.StatusCode != http.StatusOK {
		t.Errorf("its link: %s", page.Status)
	}
}
