package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"muster/access"
)

// IssuePasswordLink returns the secret of a link by which a user chooses a new
// password: good once, for seven days. An earlier one is no longer good.
func (s *Store) IssuePasswordLink(ctx context.Context, actor access.Actor, id access.UserID) (string, error) {
	if err := actor.Require(access.ManageUsers); err != nil {
		return "", err
	}
	return s.issuePasswordLink(ctx, actor, `id = ? AND org = ?`, id, actor.Org)
}

// ResetPassword is IssuePasswordLink for whoever works at the machine itself,
// when no administrator can sign in any more.
func (s *Store) ResetPassword(ctx context.Context, email string) (string, error) {
	return s.issuePasswordLink(ctx, access.Actor{}, `email = ?`, strings.ToLower(strings.TrimSpace(email)))
}

func (s *Store) issuePasswordLink(ctx context.Context, actor access.Actor, condition string, args ...any) (string, error) {
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		u, err := findUser(ctx, t, condition, args...)
		if err != nil {
			return err
		}
		if err := t.addPasswordLink(ctx, u, hash); err != nil {
			return err
		}
		actor.Org = u.Org
		return t.audit(ctx, actor, "issue-password-link", string(u.ID))
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (t *tx) addPasswordLink(ctx context.Context, u access.User, hash []byte) error {
	if err := t.endPasswordLinks(ctx, u.ID); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO tokens (hash, purpose, org, user_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		hash, forPassword, u.Org, u.ID, micros(t.now), micros(t.now.Add(passwordLife)))
	if err != nil {
		return fmt.Errorf("keep a password link: %w", err)
	}
	return nil
}

func (t *tx) endPasswordLinks(ctx context.Context, id access.UserID) error {
	_, err := t.ExecContext(ctx, `UPDATE tokens SET expires_at = ? WHERE user_id = ? AND purpose = ? AND used_at = 0 AND expires_at > ?`,
		micros(t.now), id, forPassword, micros(t.now))
	if err != nil {
		return fmt.Errorf("end earlier password links: %w", err)
	}
	return nil
}

// PasswordLink tells whom a password link is for, without using it up: mail
// scanners open links too.
func (s *Store) PasswordLink(ctx context.Context, secret string) (access.User, error) {
	found, err := findToken(ctx, s.read, forPassword, secret, s.now())
	if err != nil {
		return access.User{}, err
	}
	u, err := s.User(ctx, found.user)
	if err == nil && u.Disabled {
		err = access.ErrExpired
	}
	if err != nil {
		return access.User{}, err
	}
	return u, nil
}

// ChoosePassword sets the password of the user whom a link is for, and uses the
// link up. It also ends a lock after wrong passwords.
func (s *Store) ChoosePassword(ctx context.Context, secret, password string) (access.User, error) {
	u, err := s.PasswordLink(ctx, secret)
	if err != nil {
		return access.User{}, err
	}
	org, err := s.Organisation(ctx, u.Actor())
	if err != nil {
		return access.User{}, err
	}
	if err := checkPassword(password, u, org.Name); err != nil {
		return access.User{}, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return access.User{}, err
	}
	err = s.change(ctx, func(t *tx) error {
		found, err := findToken(ctx, t, forPassword, secret, t.now)
		if err != nil {
			return err
		}
		if err := t.use(ctx, found); err != nil {
			return err
		}
		r, err := t.ExecContext(ctx, `UPDATE users SET password = ?, password_at = ? WHERE id = ? AND NOT disabled`, hash, micros(t.now), found.user)
		if err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		if err := oneOr(r, access.ErrExpired); err != nil {
			return err
		}
		if err := errors.Join(t.endPasswordLinks(ctx, u.ID), t.forgetFailures(ctx, u.Email)); err != nil {
			return err
		}
		return t.audit(ctx, u.Actor(), "choose-password", string(u.ID))
	})
	if err != nil {
		return access.User{}, err
	}
	return s.User(ctx, u.ID)
}
