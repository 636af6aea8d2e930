package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// Mails that invite nobody wait in notices until they have left. Whoever asked for
// one sends it at once; a row says that this hasn't gone well yet.

const (
	noticeTurn = time.Minute    // for a try; after it the mail is anybody's
	noticeLife = 24 * time.Hour // in which it is tried
)

// queueNotice notes that a mail is to leave, in the transaction that draws its first
// secret. One that is asked for again takes the place of the one before.
func (t *tx) queueNotice(ctx context.Context, n invite.Notice) error {
	return t.keepNotice(ctx, n, 1, t.now.Add(noticeTurn))
}

// postNotice is queueNotice for a mail that anybody may send at once.
func (t *tx) postNotice(ctx context.Context, n invite.Notice) error {
	t.tell(n.Org, device.News{Topic: "notices"})
	return t.keepNotice(ctx, n, 0, t.now)
}

func (t *tx) keepNotice(ctx context.Context, n invite.Notice, attempts int, due time.Time) error {
	if err := t.dropNotice(ctx, n.Org, n.Kind, n.Subject); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO notices (org, kind, subject, address, language, attempts, due_at, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		n.Org, n.Kind, n.Subject, n.To, n.Language, attempts, micros(due), micros(t.now))
	if err != nil {
		return fmt.Errorf("queue a mail: %w", err)
	}
	return nil
}

func (t *tx) dropNotice(ctx context.Context, org attendance.OrgID, kind invite.NoticeKind, subject string) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM notices WHERE org = ? AND kind = ? AND subject = ?`, org, kind, subject); err != nil {
		return fmt.Errorf("drop a mail: %w", err)
	}
	return nil
}

// TakeNotices gives out up to n mails that didn't leave when they were asked for,
// each with a fresh secret: what an earlier try may have carried is good no more.
// For a minute nobody else gets them. What is of no use any more is dropped.
func (s *Store) TakeNotices(ctx context.Context, n int) ([]invite.Notice, error) {
	var taken []invite.Notice
	err := s.change(ctx, func(t *tx) error {
		taken = nil
		due, err := collect(ctx, t, func(r *sql.Rows, n *invite.Notice) error {
			var asked int64
			err := r.Scan(&n.Org, &n.Kind, &n.Subject, &n.To, &n.Language, &n.Attempt, &asked)
			n.Asked, n.Attempt = fromMicros(asked), n.Attempt+1
			return err
		}, `SELECT org, kind, subject, address, language, attempts, asked_at FROM notices WHERE due_at <= ? ORDER BY due_at LIMIT ? /* FOR UPDATE, WHAT IS FREE */`, micros(t.now), n)
		if err != nil {
			return err
		}
		for _, n := range due {
			good := t.now.Before(n.Asked.Add(noticeLife))
			if good {
				if good, err = t.drawAgain(ctx, &n); err != nil {
					return err
				}
			}
			if !good {
				if err := t.dropNotice(ctx, n.Org, n.Kind, n.Subject); err != nil {
					return err
				}
				continue
			}
			if _, err := t.ExecContext(ctx, `UPDATE notices SET attempts = ?, due_at = ? WHERE org = ? AND kind = ? AND subject = ?`,
				n.Attempt, micros(t.now.Add(noticeTurn)), n.Org, n.Kind, n.Subject); err != nil {
				return err
			}
			taken = append(taken, n)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take mails on: %w", err)
	}
	return taken, nil
}

// drawAgain draws the secret of another try; false is a mail that nobody needs now.
func (t *tx) drawAgain(ctx context.Context, n *invite.Notice) (good bool, err error) {
	var r sql.Result
	switch n.Kind {
	case invite.EntryNotice:
		var hash []byte
		n.Secret, hash = newSecret()
		r, err = t.ExecContext(ctx, `UPDATE entries SET token = ? WHERE id = ? AND org = ? AND used_at = 0 AND expires_at > ?`, hash, n.Subject, n.Org, micros(t.now))
	case invite.DomainNotice:
		if n.Secret, err = drawDomainCode(); err != nil {
			return false, err
		}
		r, err = t.ExecContext(ctx, `UPDATE domains SET code = ?, code_until = ?, code_tries = 0 WHERE org = ? AND domain = ? AND mailed_to = ? AND verified_at = 0`,
			hashSecret(n.Secret), micros(t.now.Add(domainCodeLife)), n.Org, n.Subject, n.To)
	case invite.FaceNotice:
		return t.stillAsked(ctx, *n)
	case invite.ContactCode, invite.ContactWarning:
		good, err := t.drawContact(ctx, n)
		if err != nil {
			err = fmt.Errorf("draw the secret of a mail: %w", err)
		}
		return good, err
	default:
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("draw the secret of a mail: %w", err)
	}
	rows, err := r.RowsAffected()
	return rows == 1, err
}

// SettleNotice ends a mail that has left or never will, or has it tried once more at
// a time, with as many tries counted as it says. The latest one about a thing is meant.
func (s *Store) SettleNotice(ctx context.Context, n invite.Notice, again time.Time) error {
	err := s.change(ctx, func(t *tx) error {
		if again.IsZero() {
			return t.dropNotice(ctx, n.Org, n.Kind, n.Subject)
		}
		_, err := t.ExecContext(ctx, `UPDATE notices SET due_at = ?, language = ?, attempts = ? WHERE org = ? AND kind = ? AND subject = ?`, micros(again), n.Language, n.Attempt, n.Org, n.Kind, n.Subject)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle a mail: %w", err)
	}
	return nil
}
