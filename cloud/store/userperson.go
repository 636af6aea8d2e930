package store

import (
	"context"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// setUserPerson keeps which person of the roster has an account, and tells the
// tablets: their card opens there what the account may do. A person has one account
// at most.
func (t *tx) setUserPerson(ctx context.Context, actor access.Actor, u access.User) error {
	var before, now attendance.ProfileID
	if err := t.QueryRowContext(ctx, `SELECT profile FROM users WHERE id = ? AND org = ?`, u.ID, actor.Org).Scan(&before); err != nil {
		return fmt.Errorf("whose account it is: %w", known(err))
	}
	if u.Number != "" {
		if err := cleanNumber(&u.Number); err != nil {
			return access.Invalid{Field: "number", Problem: access.Malformed}
		}
		err := known(t.QueryRowContext(ctx, `SELECT id FROM profiles WHERE org = ? AND number = ? AND removed_at = 0`, actor.Org, u.Number).Scan(&now))
		if errors.Is(err, access.ErrNotFound) {
			return access.Invalid{Field: "number", Problem: access.Unknown}
		}
		if err != nil {
			return fmt.Errorf("whose account it is to be: %w", err)
		}
		var others bool
		err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE profile = ? AND id != ?)`, now, u.ID).Scan(&others)
		if err != nil {
			return fmt.Errorf("look for another account of a person: %w", err)
		}
		if others {
			return access.Invalid{Field: "number", Problem: access.Taken}
		}
	}
	if before == "" && now == "" {
		return nil
	}
	if _, err := t.ExecContext(ctx, `UPDATE users SET profile = ? WHERE id = ? AND org = ?`, now, u.ID, actor.Org); err != nil {
		return fmt.Errorf("keep whose account it is: %w", err)
	}
	return t.tellManager(ctx, actor, before, now) // role and sites may have changed, too
}
