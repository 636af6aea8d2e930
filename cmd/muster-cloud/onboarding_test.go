package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// mailingCloud runs a cloud that sends to the sink.
func mailingCloud(t testing.TB, s *sink) *cloud {
	t.Helper()
	return startCloudWith(t, serveCommand{Data: t.TempDir(), mailFlags: s.flags()}).found()
}

// people makes n people whose language goes round, with an address each.
func (c *cloud) people(n int) (ids []attendance.ProfileID) {
	c.t.Helper()
	for i := range n {
		language := []string{"de", "en", "ru"}[i%3]
		p, err := c.store.AddProfile(c.ctx(), c.admin, attendance.Profile{FirstName: fmt.Sprint("Person", i), LastName: "Berg", Language: language}, []attendance.SiteID{c.site})
		if err != nil {
			c.t.Fatal(err)
		}
		if err := c.store.SetContact(c.ctx(), c.admin, p.ID, invite.Contact{Email: fmt.Sprintf("%s%d@people.example", language, i)}); err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	return ids
}

func (c *cloud) ask(ids ...attendance.ProfileID) invite.Batch {
	c.t.Helper()
	b, err := c.store.Ask(c.ctx(), c.admin, invite.Order{To: invite.Selection{IDs: ids}})
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (c *cloud) stands(id attendance.ProfileID) invite.Person {
	c.t.Helper()
	p, err := c.store.Invitation(c.ctx(), c.admin, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// arrives waits until somebody stands as wanted.
func (c *cloud) arrives(id attendance.ProfileID, want invite.Delivery) invite.Person {
	c.t.Helper()
	return c.turns(id, string(want), func(p invite.Person) bool { return p.State.Delivery == want })
}

// turns waits until something is true of somebody; the store's news say when to look.
func (c *cloud) turns(id attendance.ProfileID, what string, yes func(invite.Person) bool) invite.Person {
	c.t.Helper()
	moved := make(chan struct{}, 1)
	stop, err := c.edge.Listen(c.org, func(topic, _ string) {
		if topic == "invitation" {
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer stop()
	late := time.After(patience)
	for {
		p := c.stands(id)
		if yes(p) {
			return p
		}
		select {
		case <-moved:
		case <-late:
			c.t.Fatalf("%s stands at %s (%s %s), not at %s", id, p.State.Delivery, p.Reason, p.Detail, what)
		}
	}
}

var joinLink = regexp.MustCompile(`http://[^\s"]+/join/([A-Za-z0-9_-]{43})`)

// P6, W8: thirty people are invited; each gets one mail, in their language, with a
// link of their own that opens their invitation.
func TestP6ThirtyAreInvited(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	ids := c.people(30)
	if b := c.ask(ids...); b.Queued != 30 {
		t.Fatalf("%+v", b)
	}
	links, texts := map[string]bool{}, map[string]bool{}
	for _, l := range s.wait(t, 30) {
		if l.language != l.to[:2] {
			t.Errorf("%s got a mail in %s", l.to, l.language)
		}
		if word := map[string]string{"de": "Konto", "en": "account", "ru": "учёт"}[l.language]; !strings.Contains(l.text, word) {
			t.Errorf("%s: no %q in\n%s", l.to, word, l.text)
		}
		found := joinLink.FindStringSubmatch(l.text)
		if found == nil || !strings.Contains(l.html, found[0]) {
			t.Fatalf("no link in\n%s\n%s", l.text, l.html)
		}
		if !strings.HasPrefix(found[0], c.HTTPURL) {
			t.Errorf("the link leads to %s", found[0])
		}
		links[found[1]], texts[l.text] = true, true
		if got, err := c.store.ReadLink(c.ctx(), found[1]); err != nil || got.State != invite.LinkGood {
			t.Errorf("%s: the link is %+v, %v", l.to, got, err)
		}
		if !strings.HasPrefix(l.from, "bounces+") {
			t.Errorf("bounces go to %s", l.from)
		}
	}
	if len(links) != 30 || len(texts) != 30 {
		t.Errorf("%d links, %d texts", len(links), len(texts))
	}
	for _, id := range ids {
		if p := c.arrives(id, invite.Sent); p.Channel != invite.Email || p.Expires.IsZero() {
			t.Errorf("%+v", p)
		}
	}
	if got := s.got(); len(got) != 30 {
		t.Errorf("%d mails", len(got))
	}
}

// Without a mail server an invitation is kept for the console to show, and said to
// be what it is.
func TestMailbox(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	ids := c.people(1)
	c.ask(ids...)
	c.arrives(ids[0], invite.Sent)
	kept, err := c.store.Mailbox(c.ctx(), c.admin, "", 10)
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d messages, %v", len(kept), err)
	}
	if m := kept[0].Message; m.To != "de0@people.example" || m.Language != "de" || !joinLink.MatchString(m.Text) || m.HTML == "" || m.Org != c.org {
		t.Errorf("%+v", m)
	}
}
