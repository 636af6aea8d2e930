package main

import (
	"context"

	"muster/attendance"
	"muster/invite"
)

// Preview is what the API shows of a text: the letter that the console shows too.
func (l *letters) Preview(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (invite.Message, error) {
	letter, err := l.Letter(ctx, org, k, text)
	return invite.Message{
		Org: org, Channel: k.Channel, Sender: letter.From, ReplyTo: letter.ReplyTo, Language: k.Language,
		Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML,
	}, err
}

// SendTest sends it to somebody.
func (l *letters) SendTest(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error {
	return l.Test(ctx, org, to, k, text)
}
