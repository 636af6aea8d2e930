package main

import (
	"context"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/onboarding"
	"muster/invite"
)

// B6: when the connection breaks after the text, the mail may have been taken. It is
// not sent again by itself, and the person's row says that nobody knows.
func TestCutAfterTheText(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	id := c.people(1)[0]
	s.mu.Lock()
	s.cut = true
	s.mu.Unlock()
	c.ask(id)
	if p := c.arrives(id, invite.Sent); p.Reason != invite.PerhapsSent || p.State.Status() != invite.Pending {
		t.Errorf("%+v", p)
	}
	for range 3 {
		c.clock.forward(7 * time.Hour)
		if n, err := c.mail.sender.Round(c.ctx()); n != 0 || err != nil {
			t.Errorf("%d messages are due, %v", n, err)
		}
	}
	if got := s.got(); len(got) != 1 {
		t.Errorf("%d mails", len(got))
	}
	// Asked for by a person it goes once more, and the doubt is gone.
	c.clock.forward(25 * time.Hour)
	c.ask(id)
	s.wait(t, 2)
	if p := c.turns(id, "sent", func(p invite.Person) bool { return p.State.Delivery == invite.Sent && p.Reason == "" }); p.Detail != "" {
		t.Errorf("%+v", p)
	}
}

// absent is a provider that is away until it is back.
type absent struct {
	back  bool
	asked int
	got   []invite.MessageID
}

func (p *absent) Send(_ context.Context, m invite.Message) (invite.Receipt, error) {
	if p.asked++; !p.back {
		return invite.Receipt{}, &invite.Undeliverable{Reason: invite.ProviderDown, Detail: "connection refused", Everybody: true}
	}
	p.got = append(p.got, m.ID)
	return invite.Receipt{Provider: "test", Reference: string(m.ID)}, nil
}

// An outage of the provider uses up no message's tries, however long it lasts: they
// wait, say why, and go when it is back. What is about the message itself counts.
func TestProviderIsAwayForDays(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := startCloudIn(t, data).found()
	id, admin := first.people(1)[0], first.admin
	first.end()
	now := time.Now()
	db, err := address("").open(t.Context(), data, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is written any more
	if _, err := db.Ask(t.Context(), admin, invite.Order{To: invite.Selection{IDs: []attendance.ProfileID{id}}}); err != nil {
		t.Fatal(err)
	}
	provider := &absent{}
	sender := onboarding.New(onboarding.Config{
		Queue: db, Texts: db, Providers: map[invite.Channel]onboarding.Provider{invite.Email: provider}, PublicURL: "http://x", Worker: "test",
		Now: func() time.Time { return now }, Logger: first.log,
	})
	round := func() invite.Person {
		t.Helper()
		if _, err := sender.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		p, err := db.Invitation(t.Context(), admin, id)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for range 60 {
		if p := round(); p.State.Delivery != invite.Queued || p.Reason != invite.ProviderDown {
			t.Fatalf("after %d tries: %+v", provider.asked, p)
		}
	}
	if provider.asked != 60 {
		t.Errorf("asked %d times in 60 hours", provider.asked)
	}
	provider.back = true
	if p := round(); p.State.Delivery != invite.Sent || p.Reason != "" || len(provider.got) != 1 {
		t.Errorf("it is back: %+v, %v", p, provider.got)
	}
}

// J13: what a block held back goes at once when it is lifted, whichever replica was
// asked to: none sleeps through it.
func TestLiftedBlockWakesEverySender(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	woken := make(chan struct{}, 10)
	if err := c.edge.OnNews("queue", func() { woken <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	id := c.people(1)[0]
	c.exec(`INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, 'de0@people.example', 'spam', '', 1)`, c.org)
	c.exec(`UPDATE profiles SET account = 'invited', delivery = 'blocked', status = 'problem' WHERE id = ?`, id)
	if err := c.store.LiftBlock(c.ctx(), c.admin, "de0@people.example"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-woken:
	case <-time.After(patience):
		t.Fatal("nobody is told")
	}
	c.arrives(id, invite.Sent)
}
