package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// IssueActivation keeps a one-time activation code, whose SHA-256 is given. The
// tablet that presents it becomes one of the site, under that name.
func (s *Store) IssueActivation(ctx context.Context, actor access.Actor, code device.Hash, site attendance.SiteID, name string, expires time.Time) error {
	if err := actor.RequireAt(access.ManageDevices, site); err != nil {
		return err
	}
	if err := require("name", &name, maxName); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		res, err := t.ExecContext(ctx, `INSERT INTO tokens (hash, purpose, org, user_id, site, name, created_at, expires_at)
			SELECT ?, 'activation', org, NULLIF(?, ''), id, ?, ?, ? FROM sites WHERE id = ? AND org = ?`,
			code[:], actor.User, name, micros(t.now), micros(expires), site, actor.Org)
		if err != nil {
			return fmt.Errorf("issue activation code: %w", known(err))
		}
		if err := oneOr(res, fmt.Errorf("issue activation code: site: %w", access.ErrNotFound)); err != nil {
			return err
		}
		return t.audit(ctx, actor, "issue-activation-code", string(site))
	})
}

// RedeemActivation turns an activation code into an approved claim. The same
// code presented again with the same key gets the same tablet and the new device
// code, so that a tablet which never saw the answer isn't lost. Else
// access.ErrNotFound: no such code; ErrExpired: too late; ErrConflict: used.
func (s *Store) RedeemActivation(ctx context.Context, code device.Hash, c device.ClaimRecord) error {
	return s.change(ctx, func(t *tx) error {
		var org attendance.OrgID
		var site attendance.SiteID
		var name string
		var expires, used int64
		err := t.QueryRowContext(ctx, `SELECT org, site, name, expires_at, used_at FROM tokens WHERE hash = ? AND purpose = 'activation'`, code[:]).
			Scan(&org, &site, &name, &expires, &used)
		if err != nil {
			return fmt.Errorf("activation code: %w", known(err))
		}
		if used != 0 {
			return t.resumeActivation(ctx, code, c)
		}
		if !t.now.Before(fromMicros(expires)) {
			return fmt.Errorf("activation code: %w", access.ErrExpired)
		}
		if _, err := t.ExecContext(ctx, `UPDATE tokens SET used_at = ? WHERE hash = ?`, micros(t.now), code[:]); err != nil {
			return fmt.Errorf("activation code: %w", err)
		}
		id := attendance.NewID[attendance.DeviceID]()
		if err := t.addTablet(ctx, org, site, id, name, c.Hardware); err != nil {
			return err
		}
		c.State = wire.ClaimApproved
		if err := t.insertClaim(ctx, c, code[:]); err != nil {
			return err
		}
		return t.decide(ctx, c.ID, wire.ClaimApproved, org, id)
	})
}

func (t *tx) resumeActivation(ctx context.Context, code device.Hash, c device.ClaimRecord) error {
	old, err := scanClaim(t.QueryRowContext(ctx, `SELECT `+claimColumns+`
		FROM claims c LEFT JOIN devices d ON d.id = c.device WHERE c.activation = ?`, code[:]))
	if isNotFound(err) || err == nil && (!bytes.Equal(old.Key, c.Key) || old.Revoked) {
		return fmt.Errorf("activation code is used: %w", access.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("activation code: %w", err)
	}
	_, err = t.ExecContext(ctx, `UPDATE claims SET device_code = ?, user_code = ? WHERE id = ?`, c.DeviceCode[:], c.UserCode, old.ID)
	if err != nil {
		return fmt.Errorf("resume activation: %w", err)
	}
	return nil
}
