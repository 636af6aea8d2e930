package store

import (
	"context"
	"errors"
	"fmt"

	"muster/access"
	"muster/invite"
)

// StepsLeft returns what a person has to do before the account is active.
func (s *Store) StepsLeft(ctx context.Context, self invite.Self) (invite.Steps, error) {
	var left invite.Steps
	err := s.change(ctx, func(t *tx) (err error) {
		left, err = t.stepsLeft(ctx, self)
		return err
	})
	return left, err
}

func (t *tx) stepsLeft(ctx context.Context, self invite.Self) (invite.Steps, error) {
	policy, err := findPolicy(ctx, t, self.Org)
	if err != nil {
		return invite.Steps{}, err
	}
	var hash, photo string
	var details int64
	err = t.QueryRowContext(ctx, `SELECT COALESCE(a.password, ''), COALESCE(a.details_at, 0), p.photo FROM profiles p LEFT JOIN accounts a ON a.profile = p.id
		WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, self.Profile, self.Org).Scan(&hash, &details, &photo)
	if err != nil {
		return invite.Steps{}, fmt.Errorf("steps left: %w", known(err))
	}
	return invite.Steps{Password: hash == "", Details: policy.Details && details == 0, Photo: policy.Photo && photo == ""}, nil
}

// step is one that a person takes; when none is left afterwards the account is
// active. What f changes is committed with it.
func (s *Store) step(ctx context.Context, self invite.Self, f func(*tx) error) (invite.Steps, error) {
	var left invite.Steps
	err := s.change(ctx, func(t *tx) error {
		before, _, err := t.state(ctx, self.Org, self.Profile)
		if err != nil {
			return err
		}
		if before.Account != invite.Claiming && before.Account != invite.Active {
			return access.ErrForbidden
		}
		if err := f(t); err != nil {
			return err
		}
		left, err = t.advance(ctx, self)
		return err
	})
	return left, err
}

// advance makes an account active when no step is left.
func (t *tx) advance(ctx context.Context, self invite.Self) (invite.Steps, error) {
	before, _, err := t.state(ctx, self.Org, self.Profile)
	if err != nil {
		return invite.Steps{}, err
	}
	left, err := t.stepsLeft(ctx, self)
	if err != nil || before.Account == invite.Active || !left.Done() {
		return left, err
	}
	next, err := invite.Next(before, invite.Complete)
	if err != nil {
		return left, err
	}
	if err := t.put(ctx, self.Org, self.Profile, next); err != nil {
		return left, err
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET active_at = ? WHERE id = ? AND org = ?`, micros(t.now), self.Profile, self.Org); err != nil {
		return left, fmt.Errorf("complete: %w", err)
	}
	return left, t.endLinks(ctx, self.Org, self.Profile, next.Delivery)
}

// ChooseOwnPassword sets a person's password for the portal. A code that was given
// by hand is used up by it. It returns what is left to do.
func (s *Store) ChooseOwnPassword(ctx context.Context, self invite.Self, password string) (invite.Steps, error) {
	hash, err := s.newOwnPassword(ctx, self, password)
	if err != nil {
		return invite.Steps{}, err
	}
	return s.step(ctx, self, func(t *tx) error {
		if err := t.setOwnPassword(ctx, self, hash); err != nil {
			return err
		}
		return t.spreadPassword(ctx, self, hash)
	})
}

// newOwnPassword holds a password to the standard and hashes it.
func (s *Store) newOwnPassword(ctx context.Context, self invite.Self, password string) (hash string, err error) {
	who, org, err := s.ownWords(ctx, self)
	if err != nil {
		return "", err
	}
	if err := checkPassword(password, who, org); err != nil {
		return "", err
	}
	return s.passwords.hash(ctx, password)
}

// setOwnPassword keeps a password. Sessions that began under an earlier one end by
// it, a code that was given by hand is used up, and a lock after wrong ones ends.
func (t *tx) setOwnPassword(ctx context.Context, self invite.Self, hash string) error {
	_, err := t.ExecContext(ctx, `INSERT INTO accounts (profile, org, password, password_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET password = excluded.password, password_at = excluded.password_at, code = '', code_until = 0`,
		self.Profile, self.Org, hash, micros(t.now))
	if err != nil {
		return fmt.Errorf("keep a password: %w", err)
	}
	var number, email, at string
	if err := t.QueryRowContext(ctx, `SELECT p.number, p.email, o.key FROM profiles p JOIN orgs o ON o.id = p.org WHERE p.id = ? AND p.org = ?`, self.Profile, self.Org).
		Scan(&number, &email, &at); err != nil {
		return fmt.Errorf("keep a password: %w", known(err))
	}
	for _, name := range []string{number, email} {
		if err := errors.Join(t.forgetFailures(ctx, portalName("", name)), t.forgetFailures(ctx, portalName(at, name))); err != nil {
			return err
		}
	}
	return nil
}

// ownWords returns what a person's password may not be made of.
func (s *Store) ownWords(ctx context.Context, self invite.Self) (u access.User, org string, err error) {
	var first, last string
	err = s.read.QueryRowContext(ctx, `SELECT p.email, p.first_name, p.last_name, o.name FROM profiles p JOIN orgs o ON o.id = p.org
		WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, self.Profile, self.Org).Scan(&u.Email, &first, &last, &org)
	u.Name = first + " " + last
	return u, org, known(err)
}

// ConfirmOwnDetails notes that a person has gone through their data.
func (s *Store) ConfirmOwnDetails(ctx context.Context, self invite.Self) (invite.Steps, error) {
	return s.step(ctx, self, func(t *tx) error { return t.confirmDetails(ctx, self) })
}

func (t *tx) confirmDetails(ctx context.Context, self invite.Self) error {
	_, err := t.ExecContext(ctx, `INSERT INTO accounts (profile, org, details_at) VALUES (?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET details_at = excluded.details_at`, self.Profile, self.Org, micros(t.now))
	if err != nil {
		return fmt.Errorf("confirm own details: %w", err)
	}
	return nil
}
