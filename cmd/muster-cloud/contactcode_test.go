package main

import (
	"crypto/sha256"
	"log/slog"
	"regexp"
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

// A code goes to the new address or number, a warning to the one before, both in the
// person's language and whichever way leads there; the code that was mailed is the one
// that counts.
func TestCodesAndWarningsOfOnesOwnContact(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := cloudtest.Open(t)
	s := store.New(db.Write, db.Read, db, clock, store.PasswordCost(64, 1, 1), store.SMS(true))
	t.Cleanup(func() { _ = s.Close() }) //nolint:errcheck // it is this test's own
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const password = "correct horse battery"
	secret, err := s.IssueSetup(ctx)
	fine(err)
	u, err := s.SetUp(ctx, secret, access.SetUp{Organisation: "Acme {code}", Email: "ada@acme.example", Name: "Ada", Password: password, Language: "de"})
	fine(err)
	policy := invite.DefaultPolicy
	policy.Details, policy.Photo, policy.SMS = false, false, true
	fine(s.SetPolicy(ctx, u.Actor(), policy))
	site, err := s.AddSite(ctx, u.Actor(), attendance.Site{Name: "North", TimeZone: "Europe/Berlin", Language: "de"})
	fine(err)
	p, err := s.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Anna", LastName: "Berg", Language: "ru"}, []attendance.SiteID{site.ID})
	fine(err)
	fine(s.SetContact(ctx, u.Actor(), p.ID, invite.Contact{Email: "anna@old.example", Phone: "+4915112345678"}))
	_, err = s.Ask(ctx, u.Actor(), invite.Order{To: invite.Selection{IDs: []attendance.ProfileID{p.ID}}})
	fine(err)
	jobs, err := s.TakeOn(ctx, "w", 1, now.Add(time.Minute))
	fine(err)
	hash := sha256.Sum256([]byte("secret"))
	_, err = s.Hand(ctx, "w", []invite.Handing{{ID: jobs[0].ID, Channel: invite.Email, Address: "anna@old.example", Token: hash[:], Expires: now.Add(time.Hour)}})
	fine(err)
	in, err := s.ClaimLinkWith(ctx, "secret", password)
	fine(err)

	mails, texts := &moody{}, &moody{}
	l := &letters{
		texts: s, notices: s, url: "https://muster.example", now: clock, alone: s.Alone, ways: console.Ways{Email: console.Open},
		providers: map[invite.Channel]onboarding.Provider{invite.Email: mails, invite.SMS: texts},
	}
	d := newDoorman(s, l, slog.New(slog.DiscardHandler))
	_, err = s.ChangeOwnDetails(ctx, in.Self, invite.Details{Email: "anna@new.example", Phone: "+4915187654321", Language: "ru", Current: password})
	fine(err)
	fine(d.again(ctx))
	to := map[string]invite.Message{}
	for _, m := range append(mails.taken, texts.taken...) {
		if m.Language != "ru" || m.Org != u.Org || strings.Contains(m.Text+m.Subject+m.HTML, "{about}") {
			t.Errorf("%+v", m)
		}
		to[m.To+" "+m.Subject] = m
	}
	if len(mails.taken) != 3 || len(texts.taken) != 1 { // two warnings and a code; a code
		t.Fatalf("%d mails, %d SMS", len(mails.taken), len(texts.taken))
	}
	own, err := s.Own(ctx, in.Self)
	fine(err)
	digits := regexp.MustCompile(`\b[0-9]{8}\b`)
	for _, c := range own.Changes {
		var code string
		for _, m := range to {
			if m.To == c.Address && m.Channel == c.Channel {
				code = digits.FindString(m.Text)
				if m.Channel == invite.SMS && (m.HTML != "" || m.Subject != "" || strings.Contains(m.Text, "\n")) {
					t.Errorf("an SMS: %+v", m)
				}
			}
			if m.To == "anna@old.example" && (digits.MatchString(m.Text) || strings.Contains(m.Text, "anna@new.example")) {
				t.Errorf("the warning tells too much: %s", m.Text)
			}
		}
		fine(s.ConfirmOwnContact(ctx, in.Self, c.ID, code))
	}
	if own, err = s.Own(ctx, in.Self); err != nil || own.Contact.Email != "anna@new.example" || own.Contact.Phone != "+4915187654321" {
		t.Errorf("%+v, %v", own.Contact, err)
	}
	d.Wake()
	d.Wake() // it never blocks
}
