package store

import (
	"context"
	"errors"
	"fmt"

	"muster/access"
)

// ChangeOwnAccount changes the name and the language of the actor's own account,
// which every role may.
func (s *Store) ChangeOwnAccount(ctx context.Context, actor access.Actor, name, language string) error {
	if err := actor.Require(access.ReadRoster); err != nil {
		return err
	}
	if err := first(require("name", &name, maxName), cleanLanguage(&language)); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		r, err := t.ExecContext(ctx, `UPDATE users SET name = ?, language = ? WHERE id = ? AND org = ? AND NOT disabled`,
			name, language, actor.User, actor.Org)
		if err != nil {
			return fmt.Errorf("change own account: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		return t.audit(ctx, actor, "change-own-account", string(actor.User))
	})
}

// ChangeOwnPassword replaces the password of the actor's own account. The
// present one is checked, and guesses at it are counted, as at signing in:
// ErrForbidden and ErrTooMany.
func (s *Store) ChangeOwnPassword(ctx context.Context, actor access.Actor, current, password string) (access.User, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return access.User{}, err
	}
	u, err := s.User(ctx, actor.User)
	if err != nil {
		return access.User{}, err
	}
	if _, err := s.Authenticate(ctx, u.Email, current); err != nil {
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
		r, err := t.ExecContext(ctx, `UPDATE users SET password = ?, password_at = ? WHERE id = ? AND NOT disabled`, hash, micros(t.now), u.ID)
		if err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		if err := errors.Join(oneOr(r, access.ErrNotFound), t.endPasswordLinks(ctx, u.ID)); err != nil {
			return err
		}
		return t.audit(ctx, actor, "change-own-password", string(u.ID))
	})
	if err != nil {
		return access.User{}, err
	}
	return s.User(ctx, u.ID)
}
