package store

import (
	"cmp"
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// An email address stands on one profile of an organisation that isn't
// deactivated. Whoever writes one looks first, so that the refusal can say whose it
// is; that two who look at the same time don't both write it holds the index
// profiles_own_email. Addresses that stood on two profiles before that was so
// (email_shared) stay until they are changed.

// ownAddress refuses an address that is somebody else's. Who that is, the refusal
// tells where the actor may see them.
func (t *tx) ownAddress(ctx context.Context, actor access.Actor, id attendance.ProfileID, email string) error {
	holder, err := t.addressee(ctx, actor.Org, id, email)
	if err != nil || holder == "" {
		return err
	}
	m, err := findMember(ctx, t, actor, holder)
	switch {
	case isNotFound(err):
		return access.Invalid{Field: "email", Problem: access.TakenElsewhere}
	case err != nil:
		return err
	}
	return access.Invalid{Field: "email", Problem: access.Taken, Holder: holder, HolderName: m.Profile.Name()}
}

// addressee returns on whose profile an address stands, but for one person; empty:
// on nobody's.
func (t *tx) addressee(ctx context.Context, org attendance.OrgID, but attendance.ProfileID, email string) (attendance.ProfileID, error) {
	if email == "" {
		return "", nil
	}
	found, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT id FROM profiles
		WHERE email = ? AND org = ? AND email != '' AND removed_at = 0 AND account != 'deactivated' AND id != ? ORDER BY id LIMIT 1`, email, org, but)
	if err != nil {
		return "", fmt.Errorf("look whose an address is: %w", err)
	}
	if len(found) == 0 {
		return "", nil
	}
	return found[0], nil
}

// newAddress is ownAddress for a person whose address may be the one they have
// already, which they keep.
func (t *tx) newAddress(ctx context.Context, actor access.Actor, id attendance.ProfileID, email string) error {
	var before string
	var ended bool
	err := t.QueryRowContext(ctx, `SELECT email, account = 'deactivated' FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&before, &ended)
	if err != nil {
		return fmt.Errorf("whose address it is: %w", known(err))
	}
	if before == email || ended {
		return nil
	}
	return t.ownAddress(ctx, actor, id, email)
}

// backWithAddress refuses to revive an account whose address is somebody else's by
// now.
func (t *tx) backWithAddress(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	var email string
	if err := t.QueryRowContext(ctx, `SELECT email FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&email); err != nil {
		return fmt.Errorf("whose address it is: %w", known(err))
	}
	return t.ownAddress(ctx, actor, id, email)
}

// keepReach writes how somebody is reached. A message to where that isn't any more
// holds up no other. An address that is somebody else's since a moment ago is
// Invalid: taken.
func (t *tx) keepReach(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, email, phone string) error {
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET messaged_at = 0, was_messaged_at = 0 WHERE id = ? AND org = ? AND CASE WHEN email != '' THEN email ELSE phone END != ?`,
		id, org, cmp.Or(email, phone)); err != nil {
		return fmt.Errorf("keep how somebody is reached: %w", err)
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET phone = ?, changed_at = ? WHERE id = ? AND org = ?`, phone, micros(t.now), id, org); err != nil {
		return fmt.Errorf("keep how somebody is reached: %w", err)
	}
	_, err := t.ExecContext(ctx, `UPDATE profiles SET email = ?, email_shared = 0 WHERE id = ? AND org = ? AND email != ?`, email, id, org, email)
	if err != nil {
		return taken(err, "email", "keep an address")
	}
	return nil
}
