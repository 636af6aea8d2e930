package main

import (
	"context"
	"log/slog"
	"time"

	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/cloud/store"
	"muster/invite"
)

const (
	entriesWait = 256              // requests at most that wait to be looked at
	entryFor    = 30 * time.Second // for one of them
)

// doorman sends mails to people who type an address to come in. It looks at what
// they typed after they were answered, so that neither the answer nor how long it
// takes tells whether an address is known.
type doorman struct {
	store   *store.Store
	letters *letters
	log     *slog.Logger
	queue   chan invite.EntryRequest
}

func newDoorman(s *store.Store, l *letters, log *slog.Logger) *doorman {
	return &doorman{store: s, letters: l, log: log, queue: make(chan invite.EntryRequest, entriesWait)}
}

// Ask takes a request. It never blocks: when too many wait, people ask again.
func (d *doorman) Ask(r invite.EntryRequest) {
	select {
	case d.queue <- r:
	default:
		d.log.Warn("too many people ask to come in at the same time")
	}
}

// Run sends until ctx ends. What then waits is forgotten.
func (d *doorman) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-d.queue:
			if err := d.send(ctx, r); err != nil && ctx.Err() == nil {
				d.log.Error("somebody who asked to come in gets no mail", "err", err)
			}
		}
	}
}

func (d *doorman) send(ctx context.Context, r invite.EntryRequest) error {
	ctx, cancel := context.WithTimeout(ctx, entryFor)
	defer cancel()
	p := d.letters.providers[invite.Email]
	if p == nil {
		return &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	m, err := d.store.AskEntry(ctx, r)
	if err != nil || m.ID == "" {
		return err
	}
	head, err := d.letters.texts.Letterhead(ctx, m.Org)
	if err != nil {
		return err
	}
	head.LogoURL = onboarding.LogoURL(d.letters.url, head.Logo)
	mail, err := onboarding.Entry(head, m.Language, d.letters.url+"/my/entry/"+m.Secret)
	if err != nil {
		return err
	}
	mail.ID, mail.Org, mail.To = m.ID, m.Org, m.To
	receipt, err := p.Send(ctx, mail)
	if err != nil || receipt.Provider == notify.MailboxProvider {
		return err
	}
	return d.store.EntrySent(ctx, m.ID)
}
