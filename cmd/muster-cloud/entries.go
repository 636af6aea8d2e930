package main

import (
	"context"
	"log/slog"
	"time"

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
	waits   chan struct{} // a mail waits that may leave at once
}

func newDoorman(s *store.Store, l *letters, log *slog.Logger) *doorman {
	return &doorman{store: s, letters: l, log: log, queue: make(chan invite.EntryRequest, entriesWait), waits: make(chan struct{}, 1)}
}

// Ask takes a request. It never blocks: when too many wait, people ask again.
func (d *doorman) Ask(r invite.EntryRequest) {
	select {
	case d.queue <- r:
	default:
		d.log.Warn("too many people ask to come in at the same time")
	}
}

// Wake says that mails wait which may leave at once. It never blocks.
func (d *doorman) Wake() {
	select {
	case d.waits <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, now and then also what didn't leave when it was asked
// for. Requests that nobody has looked at then are forgotten; mails wait in the store.
func (d *doorman) Run(ctx context.Context) {
	tick := time.NewTicker(noticesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.waits:
			d.round(ctx)
		case <-tick.C:
			d.round(ctx)
		case r := <-d.queue:
			if err := d.send(ctx, r); err != nil && ctx.Err() == nil {
				d.log.Error("somebody who asked to come in gets no mail", "err", err)
			}
		}
	}
}

func (d *doorman) round(ctx context.Context) {
	if err := d.again(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("mails that wait", "err", err)
	}
}

func (d *doorman) send(ctx context.Context, r invite.EntryRequest) error {
	ctx, cancel := context.WithTimeout(ctx, entryFor)
	defer cancel()
	if d.letters.providers[invite.Email] == nil {
		return &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
	}
	m, err := d.store.AskEntry(ctx, r)
	if err != nil || m.ID == "" {
		return err
	}
	return d.letters.deliver(ctx, invite.Notice{Kind: invite.EntryNotice, Org: m.Org, Subject: string(m.ID), To: m.To, Language: m.Language, Secret: m.Secret, Attempt: 1})
}
