package main

import (
	"context"
	"sync"
	"time"

	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/invite"
)

// heard is how long what the mail server said is taken for true: the checklist
// looks at itself each minute, at every open page.
const heard = time.Minute

// letters joins what writes and sends messages to the console.
type letters struct {
	texts     onboarding.Texts
	notices   notices
	providers map[invite.Channel]onboarding.Provider
	server    onboarding.Checker // nil: no mail leaves
	ways      console.Ways
	url       string
	now       func() time.Time
	alone     func(context.Context) (bool, error) // whether the cloud has one organisation only

	mu     sync.Mutex
	asked  time.Time // when the mail server was
	answer error
}

// ways tells what leaves this machine with such flags.
func (f mailFlags) ways() console.Ways {
	w := console.Ways{Email: console.Kept, SMS: console.Closed}
	if f.SMTP != "" {
		w.Email = console.Open
	}
	if f.SMS != "" {
		w.SMS = console.Open
	} else if f.keepsSMS() {
		w.SMS = console.Kept
	}
	return w
}

// keepsSMS tells whether SMS are kept beside the mails: where nothing leaves
// anyway, they can be tried too.
func (f mailFlags) keepsSMS() bool { return f.SMTP == "" && f.SMS == "" }

func (*letters) Standard(k invite.TemplateKey) invite.Template { return onboarding.Standard(k) }

// somebody is whom an example is written to, in each language.
var somebody = map[string]invite.Variables{
	"en": {FirstName: "Grace", LastName: "Miller", Name: "Grace Miller", Number: "A-1042"},
	"de": {FirstName: "Jürgen", LastName: "Groß", Name: "Jürgen Groß", Number: "A-1042"},
	"ru": {FirstName: "Анна", LastName: "Иванова", Name: "Анна Иванова", Number: "A-1042"},
}

func (l *letters) Letter(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (console.Letter, error) {
	head, err := l.texts.Letterhead(ctx, org)
	if err != nil {
		return console.Letter{}, err
	}
	head.LogoURL = onboarding.LogoURL(l.url, head.Logo)
	head = head.With(map[invite.TemplateKey]invite.Template{k: text})
	v := somebody[onboarding.Spoken(k.Language)]
	v.Link = onboarding.Link(l.url, "EXAMPLE-EXAMPLE-EXAMPLE")
	out := console.Letter{From: head.From(), ReplyTo: head.ReplyTo}
	if out.Subject, out.Text, out.HTML, err = onboarding.Compose(head, k, v, l.now().Add(head.Policy.Life)); err != nil {
		return console.Letter{}, err
	}
	if k.Channel == invite.SMS {
		m := notify.Measure(out.Text)
		out.Parts, out.Units, out.Left = m.Segments, m.Units, m.Left
		if m.Unicode {
			out.Why = string(m.Why)
		}
	}
	return out, nil
}

func (l *letters) Test(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error {
	p := l.providers[k.Channel]
	if p == nil {
		return &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	letter, err := l.Letter(ctx, org, k, text)
	if err != nil {
		return err
	}
	_, err = p.Send(ctx, invite.Message{
		ID: attendance.NewID[invite.MessageID](), Org: org, Channel: k.Channel, To: to, Sender: letter.From, ReplyTo: letter.ReplyTo, Language: k.Language,
		Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML,
	})
	return err
}

func (l *letters) Ways() console.Ways { return l.ways }

func (l *letters) Checks(ctx context.Context, launch invite.Launch, afresh bool) ([]console.Check, error) {
	var server onboarding.Checker
	if l.server != nil {
		server = listener{l, afresh}
	}
	all, err := onboarding.Checklist(ctx, launch, server, l.now())
	if err != nil {
		return nil, err
	}
	checks := make([]console.Check, len(all))
	for i, c := range all {
		checks[i] = console.Check{
			Subject: string(c.Subject), Verdict: string(c.Verdict), Count: c.Count, Site: c.Site, SiteName: c.SiteName, Reason: c.Reason, Detail: c.Detail,
		}
	}
	return checks, nil
}

// listener asks the mail server, and not again within a minute.
type listener struct {
	*letters
	afresh bool
}

func (l listener) Check(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.afresh && !l.asked.IsZero() && l.now().Sub(l.asked) < heard {
		return l.answer
	}
	err := l.server.Check(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.asked, l.answer = l.now(), err
	return err
}
