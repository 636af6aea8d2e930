package store

import (
	"context"
	"fmt"

	"muster/attendance"
	"muster/invite"
)

// A tablet is believed what was tapped on it, also when it was revoked or exported: that is
// all there is of it. That somebody wants something, it is believed only while it stands,
// and only of people of its site. The order or the answer can be given again elsewhere.

// gone tells whether the tablet was revoked.
func (c *courier) gone(ctx context.Context) (gone bool, err error) {
	if err := c.QueryRowContext(ctx, `SELECT revoked_at != 0 FROM devices WHERE id = ? AND org = ?`, c.d.Device, c.d.Org).Scan(&gone); err != nil {
		return false, fmt.Errorf("whether a tablet was revoked: %w", err)
	}
	return gone, nil
}

// knows tells whether the tablet's site has somebody.
func (c *courier) knows(ctx context.Context, p attendance.ProfileID) (known bool, err error) {
	if err := c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM profile_sites WHERE profile = ? AND site = ?)`, p, c.site).Scan(&known); err != nil {
		return false, fmt.Errorf("whether a tablet knows somebody: %w", err)
	}
	return known, nil
}

// shown tells whether somebody showed their card at this tablet at a time, as far as it
// can be believed.
func (c *courier) shown(ctx context.Context, p attendance.ProfileID, card string, at int64) (bool, error) {
	gone, err := c.gone(ctx)
	if err != nil || gone {
		return false, err
	}
	if known, err := c.knows(ctx, p); err != nil || !known {
		return false, err
	}
	return c.held(ctx, invite.Self{Org: c.d.Org, Profile: p}, card, at)
}
