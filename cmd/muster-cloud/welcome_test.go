package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/onboarding"
	"muster/invite"
)

// head is an organisation's letterhead.
type head invite.Letterhead

func (h head) Letterhead(context.Context, attendance.OrgID) (invite.Letterhead, error) {
	return invite.Letterhead(h), nil
}

// outbox is a provider that keeps what it is given.
type outbox struct{ sent []invite.Message }

func (o *outbox) Send(_ context.Context, m invite.Message) (invite.Receipt, error) {
	o.sent = append(o.sent, m)
	return invite.Receipt{Provider: "test"}, nil
}

// mailServer counts how often it is asked.
type mailServer struct {
	asked int
	err   error
}

func (m *mailServer) Check(context.Context) error {
	m.asked++
	return m.err
}

// J5: a test message is what people would get: sender, answers, logo, text, and
// the number of SMS that it takes.
func TestJ5TestMessageIsTheRealOne(t *testing.T) {
	t.Parallel()
	out := &outbox{}
	l := &letters{
		texts: head{Organisation: "Acme", Policy: invite.DefaultPolicy, Style: invite.Style{Sender: "Acme HR", ReplyTo: "hr@acme.example", Logo: "ab12"}},
		now:   time.Now, url: "https://muster.example", providers: map[invite.Channel]onboarding.Provider{invite.Email: out},
	}
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}
	if err := l.Test(t.Context(), "org", "me@acme.example", k, invite.Template{Subject: "Für {first_name}", Body: "Los: {link}"}); err != nil {
		t.Fatal(err)
	}
	m := out.sent[0]
	if m.To != "me@acme.example" || m.Sender != "Acme HR" || m.ReplyTo != "hr@acme.example" || m.Subject != "Für Jürgen" || m.ID == "" ||
		!strings.Contains(m.HTML, `src="https://muster.example/logo/ab12"`) || !strings.Contains(m.Text, "Los: https://muster.example/join/") {
		t.Errorf("%+v", m)
	}
	k.Channel = invite.SMS
	var u *invite.Undeliverable
	if err := l.Test(t.Context(), "org", "+4915112345678", k, invite.Template{Body: "{link}"}); !errors.As(err, &u) || u.Reason != invite.NotConfigured {
		t.Errorf("without a provider: %v", err)
	}
	k.Language = "ru"
	letter, err := l.Letter(t.Context(), "org", k, invite.Template{Body: strings.Repeat("Привет ", 12) + "{link}"})
	if err != nil || letter.Parts != 3 || letter.Why != "П" {
		t.Errorf("%+v, %v", letter, err)
	}
}

// J3: open checklists don't ask the mail server all the time; somebody who presses
// the button does.
func TestJ3MailServerIsAskedOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	server := &mailServer{err: &invite.Undeliverable{Reason: invite.ProviderRefused, Detail: "535 no"}}
	l := &letters{server: server, now: func() time.Time { return now }}
	ask := func(afresh bool, want int) {
		t.Helper()
		checks, err := l.Checks(t.Context(), invite.Launch{People: 3}, afresh)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if c.Subject == "mail" && (c.Verdict != "fail" || c.Reason != invite.ProviderRefused || c.Detail != "535 no") {
				t.Errorf("%+v", c)
			}
		}
		if server.asked != want {
			t.Errorf("asked %d times, want %d", server.asked, want)
		}
	}
	ask(false, 1)
	ask(false, 1)
	now = now.Add(61 * time.Second)
	ask(false, 2)
	ask(true, 3)
}

func TestWaysFollowTheFlags(t *testing.T) {
	t.Parallel()
	for flags, want := range map[mailFlags]console.Ways{
		{}:                           {Email: console.Kept, SMS: console.Kept},
		{SMTP: "smtp://m"}:           {Email: console.Open, SMS: console.Closed},
		{SMS: "sms.yaml"}:            {Email: console.Kept, SMS: console.Open},
		{SMTP: "smtp://m", SMS: "f"}: {Email: console.Open, SMS: console.Open},
	} {
		if got := flags.ways(); got != want {
			t.Errorf("%+v: %+v", flags, got)
		}
	}
}
