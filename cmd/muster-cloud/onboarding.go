package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"time"

	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/invite"
)

const (
	sweepEvery = time.Minute             // between looks for what is over
	sweepMost  = 500                     // invitations that end in one transaction
	mailGrace  = 1500 * time.Millisecond // for what is under way when the cloud ends
	imapEvery  = time.Minute
	checkMost  = time.Minute // for a look at the mail server
)

// mailroom is what messages to people leave by, and what is heard of them.
type mailroom struct {
	sender   *onboarding.Sender
	smtp     *notify.SMTP // nil: mails are kept in the mailbox
	imap     *notify.IMAP // nil: none
	listener *notify.Listener
	bounces  net.Listener // of listener; nil: none
	hooks    map[string]http.Handler

	letters *letters
	doorman *doorman
}

// openMail puts the mailroom together. It sends nothing yet.
func (m *Main) openMail(ctx context.Context, c serveCommand) error {
	if err := c.mailFlags.check(); err != nil {
		return err
	}
	seal, err := m.seal(ctx, c.BounceSecret)
	if err != nil {
		return err
	}
	if m.mail.smtp, err = c.smtp(seal); err != nil {
		return err
	}
	providers := map[invite.Channel]onboarding.Provider{}
	providers[invite.Email] = notify.NewMailbox(m.store, m.now)
	if m.mail.smtp != nil {
		pace := notify.Pace{PerSecond: c.MailRate}
		providers[invite.Email] = notify.NewPaced(onboarding.Finish(m.mail.smtp, mailGrace), pace, m.log.With("channel", invite.Email))
	}
	sms := notify.SMSSettings{}
	if c.SMS != "" {
		var pace notify.Pace
		if sms, pace, err = notify.ReadSMS(c.SMS); err != nil {
			return fmt.Errorf("--sms-config: %w", err)
		}
		provider, err := notify.NewSMS(sms)
		if err != nil {
			return fmt.Errorf("--sms-config: %w", err)
		}
		providers[invite.SMS] = notify.NewPaced(onboarding.Finish(provider, mailGrace), pace, m.log.With("channel", invite.SMS))
	}

	if c.keepsSMS() {
		providers[invite.SMS] = providers[invite.Email]
	}
	m.mail.letters = &letters{texts: m.store, notices: m.store, providers: providers, ways: c.ways(), url: m.public, now: m.now, alone: m.store.Alone}
	if m.mail.smtp != nil {
		m.mail.letters.server = m.mail.smtp
	}
	m.mail.doorman = newDoorman(m.store, m.mail.letters, m.log)
	m.mail.sender = onboarding.New(onboarding.Config{
		Queue: m.store, Texts: m.store, Providers: providers, PublicURL: m.public, Worker: m.replica, Now: m.now, Logger: m.log,
	})
	return m.openReports(ctx, c, seal, sms)
}

// openReports puts together what hears of messages.
func (m *Main) openReports(ctx context.Context, c serveCommand, seal notify.Seal, sms notify.SMSSettings) (err error) {
	bounces := &notify.Bounces{Seal: seal, Provider: mailProvider, Now: m.now}
	if m.mail.hooks, err = c.hooks(seal, bounces, sms, m.store.Report, m.now, m.log); err != nil {
		return err
	}
	if m.mail.imap, err = c.imap(bounces, m.store.Report, m.log); err != nil {
		return err
	}
	if c.BounceListen == "" {
		return nil
	}
	var lc net.ListenConfig
	if m.mail.bounces, err = lc.Listen(ctx, "tcp", c.BounceListen); err != nil {
		return fmt.Errorf("bounce address: %w", err)
	}
	_, from, _ := notify.ParseFrom(or(c.Bounces, c.From)) // smtp has looked at both
	m.mail.listener = notify.NewListener(bounces, domainOf(from), m.store.Report, m.log)
	return nil
}

// seal is what tags messages, the same for all clouds of a database.
func (m *Main) seal(ctx context.Context, file string) (notify.Seal, error) {
	if file != "" {
		secret, err := notify.ReadSecret(file)
		if err != nil {
			return notify.Seal{}, fmt.Errorf("--bounce-secret-file: %w", err)
		}
		return notify.NewSeal(secret)
	}
	secret, err := m.store.Secret(ctx, "mail-seal", func() ([]byte, error) {
		key := make([]byte, 32)
		_, err := rand.Read(key)
		return key, err
	})
	if err != nil {
		return notify.Seal{}, err
	}
	return notify.NewSeal(notify.NewSecret(string(secret)))
}

// runMail sends and listens until ctx ends.
func (m *Main) runMail(ctx context.Context) error {
	if !m.shared {
		// Whoever had messages is no more: this cloud has the folder to itself.
		if err := m.store.ReleaseAll(ctx); err != nil {
			return err
		}
	}
	m.background.Go(func() { m.mail.sender.Run(ctx) })
	m.background.Go(func() { m.mail.doorman.Run(ctx) })
	m.background.Go(func() { m.sweep(ctx) })
	m.background.Go(func() { m.tellPending(ctx) })
	if m.mail.smtp != nil {
		m.background.Go(func() { m.checkMail(ctx) })
	}
	if m.mail.imap != nil {
		m.background.Go(func() { m.mail.imap.Run(ctx, imapEvery) })
	}
	if m.mail.listener != nil {
		m.background.Go(func() {
			if err := m.mail.listener.Serve(ctx, m.mail.bounces); err != nil {
				m.log.Error("bounces are taken no more", "err", err)
			}
		})
	}
	return nil
}

// checkMail says in the log at once that mail can't leave, and not only when
// somebody is invited.
func (m *Main) checkMail(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkMost)
	defer cancel()
	if err := m.mail.smtp.Check(ctx); err != nil && ctx.Err() == nil {
		m.log.Warn("the mail server can't be used", "err", err)
	}
}

// sweep ends what is over, now and then, until ctx ends.
func (m *Main) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		m.sweepOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *Main) sweepOnce(ctx context.Context) {
	for n := sweepMost; n == sweepMost; {
		var err error
		if n, err = m.store.Expire(ctx, sweepMost); err != nil {
			if ctx.Err() == nil {
				m.log.Error("invitations that are over", "err", err)
			}
			return
		}
	}
	if _, err := m.store.EmptyMailbox(ctx); err != nil && ctx.Err() == nil {
		m.log.Error("mailbox", "err", err)
	}
}

// closeMail is for when nothing of it runs any more.
func (m *Main) closeMail() error {
	if m.mail.bounces != nil {
		_ = m.mail.bounces.Close() //nolint:errcheck // closed already where it was served
	}
	if m.mail.sender != nil {
		ctx, cancel := context.WithTimeout(context.Background(), beatMost)
		defer cancel()
		if err := m.store.Release(ctx, m.replica); err != nil {
			m.log.Warn("messages of this cloud wait until their time is over", "err", err)
		}
	}
	if m.mail.smtp != nil {
		return m.mail.smtp.Close()
	}
	return nil
}

// hookRoutes are where providers report what became of messages.
func (m *Main) hookRoutes(mux *http.ServeMux) {
	for name, h := range m.mail.hooks {
		mux.Handle("/hooks/"+name, h)
	}
}

func domainOf(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return address
}
