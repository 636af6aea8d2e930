package main

import (
	"context"
	"time"

	"muster/attendance"
	"muster/cloud/onboarding"
	"muster/invite"
)

// letters writes messages to somebody made up, for the API.
type letters struct {
	texts     onboarding.Texts
	providers map[invite.Channel]onboarding.Provider
	url       string
	now       func() time.Time
}

func (letters) Standard(k invite.TemplateKey) invite.Template { return onboarding.Standard(k) }

// somebody is whom a preview is written to, by language.
var somebody = map[string]invite.Variables{
	"en": {FirstName: "Alex", LastName: "Miller", Name: "Alex Miller", Number: "100200"},
	"de": {FirstName: "Alex", LastName: "Müller", Name: "Alex Müller", Number: "100200"},
	"ru": {FirstName: "Саша", LastName: "Иванова", Name: "Саша Иванова", Number: "100200"},
}

func (l letters) Preview(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (invite.Message, error) {
	head, err := l.texts.Letterhead(ctx, org)
	if err != nil {
		return invite.Message{}, err
	}
	k.Language = onboarding.Spoken(k.Language)
	head.Templates = map[invite.TemplateKey]invite.Template{k: text}
	v := somebody[k.Language]
	v.Link = onboarding.Link(l.url, "preview") // no link of that name is good
	m := invite.Message{
		ID: attendance.NewID[invite.MessageID](), Org: org, Channel: k.Channel, Name: v.Name, Sender: head.Organisation, Language: k.Language,
	}
	m.Subject, m.Text, m.HTML, err = onboarding.Compose(head, k, v, l.now().Add(head.Policy.Life))
	return m, err
}

func (l letters) SendTest(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error {
	provider, ok := l.providers[k.Channel]
	if !ok {
		return &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	m, err := l.Preview(ctx, org, k, text)
	if err != nil {
		return err
	}
	m.To, m.Name = to, ""
	_, err = provider.Send(ctx, m)
	return err
}
