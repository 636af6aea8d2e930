package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/invite"
)

// ReplaceOwnPassword changes the password of somebody who is signed in to the
// portal. The present one is checked, and guesses at it are counted as at signing
// in: ErrForbidden, access.Locked.
func (s *Store) ReplaceOwnPassword(ctx context.Context, self invite.Self, current, password string) error {
	var number, at, hash string
	err := s.read.QueryRowContext(ctx, `SELECT p.number, o.key, a.password FROM profiles p JOIN accounts a ON a.profile = p.id JOIN orgs o ON o.id = p.org
		WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, self.Profile, self.Org).Scan(&number, &at, &hash)
	if err != nil {
		return fmt.Errorf("replace own password: %w", known(err))
	}
	if err := s.countGuess(ctx, portalName(at, number)); err != nil {
		return err
	}
	if ok, _, err := s.passwords.check(ctx, current, hash); err != nil {
		return err
	} else if !ok {
		return access.ErrForbidden
	}
	_, err = s.ChooseOwnPassword(ctx, self, password)
	return err
}
