package console_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/cloud/store"
	"muster/invite"
)

// postroom is the part of the cloud that writes messages, joined to the console
// as the cloud joins it. What it would send is in the store's mailbox.
type postroom struct {
	store *store.Store
	now   func() time.Time

	mu     sync.Mutex
	ways   console.Ways
	fails  *invite.Undeliverable // of a test message
	server error                 // what the mail server says
	looked int                   // how often it was asked afresh
}

func (p *postroom) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (*postroom) Standard(k invite.TemplateKey) invite.Template { return onboarding.Standard(k) }

func (p *postroom) Letter(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (console.Letter, error) {
	head, err := p.store.Letterhead(ctx, org)
	if err != nil {
		return console.Letter{}, err
	}
	head.LogoURL = onboarding.LogoURL("", head.Logo)
	head = head.With(map[invite.TemplateKey]invite.Template{k: text})
	l := console.Letter{From: head.From(), ReplyTo: head.ReplyTo}
	l.Subject, l.Text, l.HTML, err = onboarding.Compose(head, k, invite.Variables{
		FirstName: "Anna", LastName: "Berg", Name: "Anna Berg", Number: "A-1042", Link: "https://muster.example/join/EXAMPLE",
	}, p.now().Add(head.Policy.Life))
	if k.Channel == invite.SMS {
		m := notify.Measure(l.Text)
		l.Parts, l.Units, l.Left = m.Segments, m.Units, m.Left
		if m.Unicode {
			l.Why = string(m.Why)
		}
	}
	return l, err
}

func (p *postroom) Test(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error {
	l, err := p.Letter(ctx, org, k, text)
	if err != nil {
		return err
	}
	p.mu.Lock()
	fails := p.fails
	p.mu.Unlock()
	if fails != nil {
		return fails
	}
	return p.store.Keep(ctx, invite.Message{
		ID: attendance.NewID[invite.MessageID](), Org: org, Channel: k.Channel, To: to, Sender: l.From, Language: k.Language,
		Subject: l.Subject, Text: l.Text, HTML: l.HTML,
	}, p.now())
}

func (p *postroom) Ways() console.Ways {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ways
}

func (p *postroom) Check(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server
}

func (p *postroom) Checks(ctx context.Context, l invite.Launch, afresh bool) ([]console.Check, error) {
	var server onboarding.Checker
	if p.Ways().Email == console.Open {
		server = p
	}
	if afresh {
		p.set(func() { p.looked++ })
	}
	all, err := onboarding.Checklist(ctx, l, server, p.now())
	if err != nil {
		return nil, fmt.Errorf("checklist: %w", err)
	}
	checks := make([]console.Check, len(all))
	for i, c := range all {
		checks[i] = console.Check{Subject: string(c.Subject), Verdict: string(c.Verdict), Count: c.Count, Site: c.Site, SiteName: c.SiteName, Reason: c.Reason, Detail: c.Detail}
	}
	return checks, nil
}

func anyID() invite.MessageID { return attendance.NewID[invite.MessageID]() }

func (p *postroom) ProvesDomains(ctx context.Context) (bool, error) { return p.store.Alone(ctx) }

func (p *postroom) SendDomainCode(ctx context.Context, org attendance.OrgID, language, domain, to string, draw func() (string, error)) error {
	head, err := p.store.Letterhead(ctx, org)
	if err != nil {
		return err
	}
	p.mu.Lock()
	fails := p.fails
	p.mu.Unlock()
	code, err := draw()
	if err != nil {
		return err
	}
	if fails != nil {
		return fails
	}
	m, err := onboarding.DomainCode(head, language, domain, code)
	if err != nil {
		return err
	}
	m.Org, m.To = org, to
	return p.store.Keep(ctx, m, p.now())
}
