package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/access"
	"muster/invite"
)

// The mailbox stands in for a provider where none is configured. It holds
// links that let somebody in, so only who may invite everybody reads it, and
// nothing stays for long.
const (
	mailboxMost = 500 // of an organisation
	mailboxLife = 7 * 24 * time.Hour
)

// Keep keeps a message that was not sent; the same one again replaces itself. Of
// an organisation's the newest 500 stay.
func (s *Store) Keep(ctx context.Context, m invite.Message, at time.Time) error {
	err := s.changeLocked(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO mailbox (id, org, at, channel, recipient, name, sender, language, subject, body, html) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET at = excluded.at, subject = excluded.subject, body = excluded.body, html = excluded.html`,
			m.ID, m.Org, micros(at), m.Channel, m.To, m.Name, m.Sender, m.Language, m.Subject, m.Text, m.HTML)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `DELETE FROM mailbox WHERE id IN (SELECT id FROM mailbox WHERE org = ? ORDER BY at DESC, id DESC LIMIT 100 OFFSET ?)`, m.Org, mailboxMost)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a message in the mailbox: %w", err)
	}
	return nil
}

// Mailbox returns an organisation's messages that were not sent, the newest
// first, a page at a time; after is the last one of the page before.
func (s *Store) Mailbox(ctx context.Context, actor access.Actor, after invite.MessageID, limit int) ([]invite.Kept, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, mailboxMost)
	if err != nil {
		return nil, err
	}
	kept, err := collect(ctx, s.read, func(r *sql.Rows, k *invite.Kept) error {
		var at int64
		m := &k.Message
		err := r.Scan(&m.ID, &m.Org, &at, &m.Channel, &m.To, &m.Name, &m.Sender, &m.Language, &m.Subject, &m.Text, &m.HTML)
		k.At = fromMicros(at)
		return err
	}, `SELECT k.id, k.org, k.at, k.channel, k.recipient, k.name, k.sender, k.language, k.subject, k.body, k.html FROM mailbox k
		WHERE k.org = ?1 AND k.at > ?2 AND (?3 = '' OR EXISTS (SELECT 1 FROM mailbox l WHERE l.id = ?3 AND l.org = ?1 AND (k.at < l.at OR k.at = l.at AND k.id < l.id)))
		ORDER BY k.at DESC, k.id DESC LIMIT ?4`, actor.Org, micros(s.now().Add(-mailboxLife)), after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the mailbox: %w", err)
	}
	return kept, nil
}

// Kept returns one message of an organisation's mailbox.
func (s *Store) Kept(ctx context.Context, actor access.Actor, id invite.MessageID) (invite.Kept, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return invite.Kept{}, err
	}
	var k invite.Kept
	var at int64
	m := &k.Message
	err := s.read.QueryRowContext(ctx, `SELECT id, org, at, channel, recipient, name, sender, language, subject, body, html FROM mailbox WHERE org = ? AND id = ? AND at > ?`,
		actor.Org, id, micros(s.now().Add(-mailboxLife))).
		Scan(&m.ID, &m.Org, &at, &m.Channel, &m.To, &m.Name, &m.Sender, &m.Language, &m.Subject, &m.Text, &m.HTML)
	if err != nil {
		return invite.Kept{}, fmt.Errorf("read a message of the mailbox: %w", known(err))
	}
	k.At = fromMicros(at)
	return k, nil
}

// EmptyMailbox removes what has been in the mailbox for a week, and returns how
// many messages it was.
func (s *Store) EmptyMailbox(ctx context.Context) (int, error) {
	r, err := s.write.ExecContext(ctx, `DELETE FROM mailbox WHERE at <= ?`, micros(s.now().Add(-mailboxLife)))
	if err != nil {
		return 0, fmt.Errorf("empty the mailbox: %w", err)
	}
	n, err := r.RowsAffected()
	return int(n), err
}
