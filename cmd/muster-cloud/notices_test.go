package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/onboarding"
	"muster/cloud/store"
	"muster/internal/cloudtest"
	"muster/invite"
)

// moody is a mail server that answers as it is told.
type moody struct {
	answers []error // the next ones; none: it takes the mail
	taken   []invite.Message
	asked   int
}

func (m *moody) Send(_ context.Context, mail invite.Message) (invite.Receipt, error) {
	m.asked++
	if len(m.answers) > 0 {
		err := m.answers[0]
		if m.answers = m.answers[1:]; err != nil {
			return invite.Receipt{}, err
		}
	}
	m.taken = append(m.taken, mail)
	return invite.Receipt{Provider: "smtp"}, nil
}

// Mails to come in and codes for domains outlast a mail server that is away; each try
// carries a secret of its own, and what is refused for good is told and over.
func TestNoticesOutlastTheMailServer(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := cloudtest.Open(t)
	s := store.New(db.Write, db.Read, db, clock, store.PasswordCost(64, 1, 1))
	t.Cleanup(func() { _ = s.Close() }) //nolint:errcheck // it is this test's own
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	secret, err := s.IssueSetup(ctx)
	fine(err)
	u, err := s.SetUp(ctx, secret, access.SetUp{Organisation: "Acme", Email: "ada@acme.example", Name: "Ada", Password: "correct horse battery", Language: "de"})
	fine(err)
	_, err = s.AddSite(ctx, u.Actor(), attendance.Site{Name: "Nord", TimeZone: "Europe/Berlin"})
	fine(err)
	_, err = s.AddDomain(ctx, u.Actor(), "acme.example")
	fine(err)
	fine(s.SetWay(ctx, u.Actor(), invite.ByKey, true))
	key, err := s.DrawJoinCode(ctx, u.Actor(), invite.ByKey, "", time.Time{})
	fine(err)

	away, later := &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}, &invite.Undeliverable{Reason: invite.MailboxFull}
	server := &moody{answers: []error{away, away, later, nil}}
	l := &letters{
		texts: s, notices: s, url: "https://muster.example", now: clock, alone: s.Alone, ways: console.Ways{Email: console.Open},
		providers: map[invite.Channel]onboarding.Provider{invite.Email: server},
	}
	d := newDoorman(s, l, slog.New(slog.DiscardHandler))
	fine(d.send(ctx, invite.EntryRequest{Email: "nora@web.de", Code: key.Code, Language: "de"}))
	for tries := 0; len(server.taken) == 0; tries++ {
		if tries > 20 {
			t.Fatal("it is never tried again")
		}
		now = now.Add(2 * time.Minute)
		fine(d.again(ctx))
	}
	if server.asked != 4 {
		t.Errorf("%d tries", server.asked)
	}
	m := server.taken[0]
	_, link, _ := strings.Cut(m.Text, "/my/entry/")
	link, _, _ = strings.Cut(link, "\n")
	if e, err := s.Entry(ctx, strings.TrimSpace(link)); err != nil || e.State != invite.EntryGood || m.To != "nora@web.de" || m.Language != "de" {
		t.Errorf("%+v, %v, %+v", e, err, m)
	}

	draw := func() (string, error) { return s.DomainCode(ctx, u.Actor(), "acme.example", "admin@acme.example") }
	server.answers = []error{later}
	fine(l.SendDomainCode(ctx, u.Org, "de", "acme.example", "admin@acme.example", draw)) // it waits
	now = now.Add(2 * time.Minute)
	fine(d.again(ctx))
	if n := len(server.taken); n != 2 || server.taken[1].To != "admin@acme.example" || server.taken[1].Language != "de" {
		t.Fatalf("%d mails: %+v", n, server.taken)
	}
	now = now.Add(2 * time.Minute)
	server.answers = []error{&invite.Undeliverable{Reason: invite.UnknownMailbox, Permanent: true}}
	var lost *invite.Undeliverable
	if err := l.SendDomainCode(ctx, u.Org, "de", "acme.example", "admin@acme.example", draw); !errors.As(err, &lost) {
		t.Errorf("refused for good, and nobody is told: %v", err)
	}
	now = now.Add(time.Hour)
	fine(d.again(ctx))
	if len(server.taken) != 2 {
		t.Error("it is tried again")
	}
}
