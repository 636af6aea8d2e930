package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/invite"
)

const (
	noticesEvery = 15 * time.Second // between looks for mails that wait
	noticesMost  = 20               // taken on at once
	noticeTries  = 8                // of a mail that is refused for now
	noticePause  = 30 * time.Second // after the first try; doubled each time
	noticeSettle = 10 * time.Second // to note what came of a try
)

// notices keeps mails that invite nobody until they have left. cloud/store's Store is
// one.
type notices interface {
	TakeNotices(ctx context.Context, n int) ([]invite.Notice, error)
	SettleNotice(ctx context.Context, n invite.Notice, again time.Time) error
	EntrySent(ctx context.Context, id invite.MessageID) error
	ContactSent(ctx context.Context, id invite.ContactChangeID) error
}

// again tries mails that didn't leave when they were asked for.
func (d *doorman) again(ctx context.Context) error {
	if d.letters.providers[invite.Email] == nil {
		return nil
	}
	due, err := d.letters.notices.TakeNotices(ctx, noticesMost)
	for _, n := range due {
		if ctx.Err() != nil {
			break // it is anybody's in a minute
		}
		err = errors.Join(err, d.letters.deliver(ctx, n))
	}
	return err
}

// deliver tries a mail with its organisation's letterhead.
func (l *letters) deliver(ctx context.Context, n invite.Notice) error {
	head, err := l.texts.Letterhead(ctx, n.Org)
	if err != nil {
		return err
	}
	head.LogoURL = onboarding.LogoURL(l.url, head.Logo)
	return l.sendNotice(ctx, head, n)
}

// sendNotice tries a mail and notes what came of it. An error is one that another
// try won't mend, or the store's.
func (l *letters) sendNotice(ctx context.Context, head invite.Letterhead, n invite.Notice) error {
	m, err := l.notice(head, n)
	if err != nil {
		return err
	}
	m.Org, m.To = n.Org, n.To
	receipt, failed := l.send(ctx, m)
	// What has left is noted also when all is being ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noticeSettle)
	defer cancel()
	again := l.next(&n, failed)
	var u *invite.Undeliverable
	if failed == nil && receipt.Provider != notify.MailboxProvider || errors.As(failed, &u) && u.Unknown {
		if err := l.left(ctx, n); err != nil {
			return err
		}
	}
	if err := l.notices.SettleNotice(ctx, n, again); err != nil {
		return err
	}
	if again.IsZero() {
		return failed
	}
	return nil
}

// send hands a message to whoever carries it.
func (l *letters) send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	p := l.providers[m.Channel]
	if p == nil {
		return invite.Receipt{}, &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	return p.Send(ctx, m)
}

// left notes that a message went to the address itself, perhaps, where it matters that
// whoever has its secret reads what is sent there.
func (l *letters) left(ctx context.Context, n invite.Notice) error {
	switch n.Kind {
	case invite.EntryNotice:
		return l.notices.EntrySent(ctx, invite.MessageID(n.Subject))
	case invite.ContactCode:
		return l.notices.ContactSent(ctx, invite.ContactChangeID(n.Subject))
	default:
		return nil
	}
}

func (l *letters) notice(head invite.Letterhead, n invite.Notice) (invite.Message, error) {
	switch n.Kind {
	case invite.EntryNotice:
		m, err := onboarding.Entry(head, n.Language, l.url+"/my/entry/"+n.Secret)
		m.ID = invite.MessageID(n.Subject)
		return m, err
	case invite.FaceNotice:
		return onboarding.FaceRequest(head, n.Language, l.url+"/my/face")
	case invite.DomainNotice:
		return onboarding.DomainCode(head, n.Language, n.Subject, n.Secret)
	case invite.ContactCode:
		return onboarding.ContactCode(head, n.Language, n.To, n.Secret)
	case invite.ContactWarning:
		return onboarding.ContactWarning(head, n.Language, n.To, n.About)
	default:
		return invite.Message{}, fmt.Errorf("a mail of kind %q", n.Kind)
	}
}

// next is when a mail is tried again; zero: it has left, perhaps, or never will. While
// the provider is away for everybody that costs no try.
func (l *letters) next(n *invite.Notice, failed error) time.Time {
	if failed == nil {
		return time.Time{}
	}
	var u *invite.Undeliverable
	pause := noticePause << min(n.Attempt-1, noticeTries)
	switch {
	case !errors.As(failed, &u): // nothing was sent: all is being ended, or it took too long
		pause = noticePause
		n.Attempt--
	case u.Unknown:
		return time.Time{}
	case u.Everybody:
		pause = max(u.After, noticePause)
		n.Attempt--
	case u.Permanent || n.Attempt >= noticeTries:
		return time.Time{}
	default:
		pause = max(u.After, pause)
	}
	return l.now().Add(pause/2 + rand.N(pause))
}
