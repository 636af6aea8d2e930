package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"muster/access"
	"muster/invite"
)

// ownContactChange finds a change of somebody's own that waits; any other is ErrNotFound.
func (t *tx) ownContactChange(ctx context.Context, self invite.Self, id invite.ContactChangeID) (contactChange, error) {
	all, err := findContactChanges(ctx, t, t.now, self.Org, self.Profile)
	if err != nil {
		return contactChange{}, err
	}
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	return contactChange{}, access.ErrNotFound
}

// ConfirmOwnContact has a change take effect by the code that was sent there. A wrong
// code is Invalid: unknown, the fifth in a row ends it: expired. A change that doesn't
// wait any more is ErrNotFound; an address that is somebody else's meanwhile Invalid:
// taken.
func (s *Store) ConfirmOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID, code string) error {
	// Counted and committed before the code is looked at.
	r, err := s.write.ExecContext(ctx, `UPDATE contact_changes SET code_tries = code_tries + 1 WHERE id = ? AND org = ? AND profile = ? AND ended_at = 0 AND code_tries < ? AND code_until > ?`,
		id, self.Org, self.Profile, contactTries, micros(s.now()))
	if err != nil {
		return fmt.Errorf("confirm own contact: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return fmt.Errorf("confirm own contact: %w", err)
	}
	_, err = s.step(ctx, self, func(t *tx) error {
		c, err := t.ownContactChange(ctx, self, id)
		switch {
		case err != nil:
			return err
		case n == 0 || !t.now.Before(c.Until):
			return access.Invalid{Field: "code", Problem: "expired"}
		case subtle.ConstantTimeCompare(c.code, hashSecret(strings.Join(strings.Fields(code), ""))) != 1:
			return access.Invalid{Field: "code", Problem: access.Unknown}
		}
		now, err := findOwnReach(ctx, t, self)
		if err != nil {
			return err
		}
		to, proven := invite.Contact{Email: now.email, Phone: now.phone}, ""
		if c.Channel == invite.Email {
			if to.Email = c.Address; c.sent {
				proven = c.Address
			}
			err = t.newAddress(ctx, access.Actor{Org: self.Org}, self.Profile, c.Address)
		} else {
			to.Phone = c.Address
		}
		if err == nil {
			err = t.endContactChange(ctx, self, id)
		}
		if err == nil {
			err = t.reachBy(ctx, self, to, proven)
		}
		if mine := (access.Invalid{}); errors.As(err, &mine) {
			return access.Invalid{Field: "code", Problem: access.Taken} // not whose it is
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("confirm own contact: %w", err)
	}
	return nil
}

// ResendOwnContact has another code sent for a change that waits; the one before is
// good no more once it has left. One a minute and a few a day: access.Locked.
func (s *Store) ResendOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID) error {
	_, err := s.step(ctx, self, func(t *tx) error {
		c, err := t.ownContactChange(ctx, self, id)
		if err != nil {
			return err
		}
		if again := fromMicros(c.codedAt).Add(contactPause); t.now.Before(again) {
			return access.Locked{Until: again}
		}
		if err := t.contactCodesLeft(ctx, self, c.Address); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE contact_changes SET codes = codes + 1, coded_at = ? WHERE id = ? AND org = ?`, micros(t.now), id, self.Org); err != nil {
			return err
		}
		now, err := findOwnReach(ctx, t, self)
		if err != nil {
			return err
		}
		return t.postNotice(ctx, invite.Notice{Kind: invite.ContactCode, Org: self.Org, Subject: string(id), To: c.Address, Language: now.language})
	})
	if err != nil {
		return fmt.Errorf("send another code: %w", err)
	}
	return nil
}

// CancelOwnContact takes a change back that waits. What counted until now counts on.
func (s *Store) CancelOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID) error {
	_, err := s.step(ctx, self, func(t *tx) error {
		if _, err := t.ownContactChange(ctx, self, id); err != nil {
			return err
		}
		if err := t.endContactChange(ctx, self, id); err != nil {
			return err
		}
		return t.audit(ctx, access.Actor{Org: self.Org}, "cancel-own-contact", string(self.Profile))
	})
	if err != nil {
		return fmt.Errorf("take a change back: %w", err)
	}
	return nil
}

func (t *tx) endContactChange(ctx context.Context, self invite.Self, id invite.ContactChangeID) error {
	if _, err := t.ExecContext(ctx, `UPDATE contact_changes SET ended_at = ?, code = NULL, code_until = 0 WHERE id = ? AND org = ?`, micros(t.now), id, self.Org); err != nil {
		return fmt.Errorf("end a change: %w", err)
	}
	t.newsOfInvitation(self.Org, self.Profile)
	return t.dropNotice(ctx, self.Org, invite.ContactCode, string(id))
}

// ContactSent notes that a code went to the address itself, so that whoever has it reads
// what is sent there. One that was only kept for administrators proves nothing elsewhere.
func (s *Store) ContactSent(ctx context.Context, id invite.ContactChangeID) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE contact_changes SET sent_at = ? WHERE id = ?`, micros(s.now()), id); err != nil {
		return fmt.Errorf("note that a code went out: %w", err)
	}
	return nil
}

// drawContact prepares another try of a mail about a change of one's own.
func (t *tx) drawContact(ctx context.Context, n *invite.Notice) (good bool, err error) {
	if n.Kind == invite.ContactWarning {
		var to string
		err := t.QueryRowContext(ctx, `SELECT address FROM contact_changes WHERE id = ? AND org = ?`, n.Subject, n.Org).Scan(&to)
		if known(err) == access.ErrNotFound { //nolint:errorlint // known returns it bare
			return false, nil
		}
		if n.About = "–"; to != "" {
			n.About = veiled(to)
		}
		return err == nil, err
	}
	if n.Secret, err = drawDomainCode(); err != nil {
		return false, err
	}
	r, err := t.ExecContext(ctx, `UPDATE contact_changes SET code = ?, code_until = ?, code_tries = 0 WHERE id = ? AND org = ? AND ended_at = 0`,
		hashSecret(n.Secret), micros(t.now.Add(contactCodeLife)), n.Subject, n.Org)
	if err != nil {
		return false, err
	}
	rows, err := r.RowsAffected()
	return rows == 1, err
}
