package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// maxUnits is how many groups of its directory an organisation can let in.
const maxUnits = 1000

func findUnits(ctx context.Context, q querier, org attendance.OrgID) ([]invite.Unit, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, u *invite.Unit) error { return r.Scan(&u.Name, &u.Site, &u.People) },
		`SELECT u.name, u.site, (SELECT count(*) FROM profiles p WHERE p.org = u.org AND p.unit = u.name AND p.unit != '' AND p.removed_at = 0)
		FROM units u WHERE u.org = ? ORDER BY u.name`, org)
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	return all, nil
}

// SetUnit lets a group of the company's directory in: at the next sync its people
// become members, at a site. A group that is let in already moves to the site.
func (s *Store) SetUnit(ctx context.Context, actor access.Actor, name string, site attendance.SiteID) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	if err := require("unit", &name, maxName); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		if err := checkSites(ctx, t, actor, []attendance.SiteID{site}); err != nil {
			return err
		}
		all, err := findUnits(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		if len(all) >= maxUnits {
			return access.Invalid{Field: "unit", Problem: access.OutOfRange}
		}
		_, err = t.ExecContext(ctx, `INSERT INTO units (org, name, site, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (org, name) DO UPDATE SET site = excluded.site`,
			actor.Org, name, site, micros(t.now))
		if err != nil {
			return fmt.Errorf("set unit: %w", err)
		}
		return t.audit(ctx, actor, "set-unit", name)
	})
}

// RemoveUnit lets a group in no longer. Its people stay members until the next
// sync names them.
func (s *Store) RemoveUnit(ctx context.Context, actor access.Actor, name string) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		r, err := t.ExecContext(ctx, `DELETE FROM units WHERE org = ? AND name = ?`, actor.Org, name)
		if err != nil {
			return fmt.Errorf("remove unit: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		return t.audit(ctx, actor, "remove-unit", name)
	})
}
