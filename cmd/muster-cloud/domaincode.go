package main

import (
	"context"

	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/onboarding"
	"muster/invite"
)

// ProvesDomains tells whether a code that is mailed proves anything. Where no mail
// leaves, messages are kept for administrators to read, so one who typed a domain
// would read the code for it as well: that is good enough for a cloud that one
// organisation has to itself, to try it out, and for no other.
func (l *letters) ProvesDomains(ctx context.Context) (bool, error) {
	switch l.ways.Email {
	case console.Open:
		return true, nil
	case console.Kept:
		return l.alone(ctx)
	default:
		return false, nil
	}
}

// SendDomainCode mails the code that draw draws and queues to an address of the
// domain. Nothing is drawn where it would prove nothing. An error is one that
// another try won't mend: where the mail server is away the mail waits.
func (l *letters) SendDomainCode(ctx context.Context, org attendance.OrgID, language, domain, to string, draw func() (string, error)) error {
	p := l.providers[invite.Email]
	if ok, err := l.ProvesDomains(ctx); err != nil {
		return err
	} else if !ok || p == nil {
		return &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	head, err := l.texts.Letterhead(ctx, org)
	if err != nil {
		return err
	}
	head.LogoURL = onboarding.LogoURL(l.url, head.Logo)
	code, err := draw()
	if err != nil {
		return err
	}
	// It is in the queue now: what this try doesn't settle is tried again.
	return l.sendNotice(ctx, head, invite.Notice{Kind: invite.DomainNotice, Org: org, Subject: domain, To: to, Language: language, Secret: code, Attempt: 1})
}
