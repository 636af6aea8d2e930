package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// fetchFor is how long an approved tablet may take to fetch its first
// certificate. It needs the claim's key and device code for it all the while.
const fetchFor = 30 * 24 * time.Hour

// rememberFor is how long a tablet is told that its claim came to nothing.
const rememberFor = 24 * time.Hour

func isNotFound(err error) bool { return errors.Is(err, access.ErrNotFound) }

// AddClaim keeps a claim that waits for a manager. access.ErrConflict: its user
// code is in use; draw another.
func (s *Store) AddClaim(ctx context.Context, c device.ClaimRecord) error {
	return s.change(ctx, func(t *tx) error {
		if err := t.expireClaims(ctx); err != nil {
			return err
		}
		c.State = wire.ClaimPending
		return t.insertClaim(ctx, c, nil)
	})
}

func (t *tx) insertClaim(ctx context.Context, c device.ClaimRecord, activation []byte) error {
	_, err := t.ExecContext(ctx, `INSERT INTO claims
		(id, device_code, user_code, public_key, hardware, version, address, state, activation, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.DeviceCode[:], c.UserCode, c.Key, c.Hardware, c.Version, c.Address, c.State, activation,
		micros(c.Created), micros(c.Expires))
	if err != nil {
		return fmt.Errorf("add claim: %w", known(err))
	}
	return nil
}

// expireClaims frees the user codes of claims that nobody decided in time, and
// forgets the claims that came to nothing: anybody can make one.
func (t *tx) expireClaims(ctx context.Context) error {
	_, err := t.ExecContext(ctx, `UPDATE claims SET state = ? WHERE state = ? AND expires_at <= ?`,
		wire.ClaimExpired, wire.ClaimPending, micros(t.now))
	if err != nil {
		return fmt.Errorf("expire claims: %w", err)
	}
	_, err = t.ExecContext(ctx, `DELETE FROM claims WHERE state IN (?, ?) AND expires_at <= ?`,
		wire.ClaimExpired, wire.ClaimDenied, micros(t.now.Add(-rememberFor)))
	if err != nil {
		return fmt.Errorf("forget claims: %w", err)
	}
	return nil
}

const claimColumns = `c.id, c.user_code, c.public_key, c.hardware, c.version, c.address, c.state, COALESCE(c.device, ''),
	c.created_at, c.expires_at, COALESCE(d.revoked_at, 0) > 0`

func scanClaim(row interface{ Scan(...any) error }) (device.ClaimRecord, error) {
	var c device.ClaimRecord
	var created, expires int64
	err := row.Scan(&c.ID, &c.UserCode, &c.Key, &c.Hardware, &c.Version, &c.Address, &c.State, &c.Device, &created, &expires, &c.Revoked)
	if err != nil {
		return device.ClaimRecord{}, known(err)
	}
	c.Created, c.Expires = fromMicros(created), fromMicros(expires)
	c.Words = device.Words(c.Key)
	return c, nil
}

// ClaimByDeviceCode finds the claim of the tablet that holds a device code,
// whose SHA-256 is given. State is wire.ClaimExpired as soon as its time is
// over, for an approved one when it took too long to fetch its certificate.
func (s *Store) ClaimByDeviceCode(ctx context.Context, code device.Hash) (device.ClaimRecord, error) {
	c, err := scanClaim(s.read.QueryRowContext(ctx, `SELECT `+claimColumns+`
		FROM claims c LEFT JOIN devices d ON d.id = c.device WHERE c.device_code = ?`, code[:]))
	if err != nil {
		return c, fmt.Errorf("claim: %w", err)
	}
	c.DeviceCode = code
	now := s.now()
	if c.State == wire.ClaimPending && !now.Before(c.Expires) || c.State == wire.ClaimApproved && now.After(c.Created.Add(fetchFor)) {
		c.State = wire.ClaimExpired
	}
	return c, nil
}

// Claim returns the claim that waits under a user code (without hyphen), for a
// manager to decide on. access.ErrExpired: it waited once, or was decided.
func (s *Store) Claim(ctx context.Context, actor access.Actor, userCode string) (device.Claim, error) {
	if err := actor.Require(access.ManageDevices); err != nil {
		return device.Claim{}, err
	}
	c, err := scanClaim(s.read.QueryRowContext(ctx, pendingClaim, userCode))
	if err != nil {
		return device.Claim{}, fmt.Errorf("claim: %w", err)
	}
	if err := stillOpen(c, s.now()); err != nil {
		return device.Claim{}, err
	}
	return c.Claim, nil
}

const pendingClaim = `SELECT ` + claimColumns + ` FROM claims c LEFT JOIN devices d ON d.id = c.device
	WHERE c.user_code = ? ORDER BY c.state = 'pending' DESC, c.created_at DESC LIMIT 1`

func stillOpen(c device.ClaimRecord, now time.Time) error {
	if c.State != wire.ClaimPending || !now.Before(c.Expires) {
		return fmt.Errorf("claim: %w", access.ErrExpired)
	}
	return nil
}

// Approve makes a tablet at a site out of the claim under a user code.
func (s *Store) Approve(ctx context.Context, actor access.Actor, userCode string, site attendance.SiteID, name string) (attendance.DeviceID, error) {
	if err := actor.RequireAt(access.ManageDevices, site); err != nil {
		return "", err
	}
	if err := require("name", &name, maxName); err != nil {
		return "", err
	}
	id := attendance.NewID[attendance.DeviceID]()
	err := s.change(ctx, func(t *tx) error {
		c, err := scanClaim(t.QueryRowContext(ctx, pendingClaim, userCode))
		if err != nil {
			return fmt.Errorf("approve: %w", err)
		}
		if err := stillOpen(c, t.now); err != nil {
			return err
		}
		if err := t.addTablet(ctx, actor.Org, site, id, name, c.Hardware); err != nil {
			return err
		}
		if err := t.decide(ctx, c.ID, wire.ClaimApproved, actor.Org, id); err != nil {
			return err
		}
		return t.audit(ctx, actor, "approve-tablet", string(id))
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Deny refuses the claim under a user code.
func (s *Store) Deny(ctx context.Context, actor access.Actor, userCode string) error {
	if err := actor.Require(access.ManageDevices); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		c, err := scanClaim(t.QueryRowContext(ctx, pendingClaim, userCode))
		if err != nil {
			return fmt.Errorf("deny: %w", err)
		}
		if err := stillOpen(c, t.now); err != nil {
			return err
		}
		if err := t.decide(ctx, c.ID, wire.ClaimDenied, actor.Org, ""); err != nil {
			return err
		}
		return t.audit(ctx, actor, "deny-tablet", c.ID)
	})
}

func (t *tx) decide(ctx context.Context, claim, state string, org attendance.OrgID, dev attendance.DeviceID) error {
	_, err := t.ExecContext(ctx, `UPDATE claims SET state = ?, org = ?, device = NULLIF(?, '') WHERE id = ?`, state, org, dev, claim)
	if err != nil {
		return fmt.Errorf("decide claim: %w", err)
	}
	return nil
}

// addTablet inserts a device at a site of the organisation; access.ErrNotFound
// when the organisation has no such site.
func (t *tx) addTablet(ctx context.Context, org attendance.OrgID, site attendance.SiteID, id attendance.DeviceID, name, hardware string) error {
	res, err := t.ExecContext(ctx, `INSERT INTO devices (id, org, site, name, hardware, created_at)
		SELECT ?, org, id, ?, ?, ? FROM sites WHERE id = ? AND org = ?`, id, name, hardware, micros(t.now), site, org)
	if err != nil {
		return fmt.Errorf("add tablet: %w", known(err))
	}
	return oneOr(res, fmt.Errorf("add tablet: site: %w", access.ErrNotFound))
}
