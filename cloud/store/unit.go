package store

import (
	"context"
	"database/sql"
	"errors"
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
		+ (SELECT count(*) FROM directory_groups g JOIN directory_members m ON m.unit = g.id JOIN profiles p ON p.id = m.profile WHERE g.org = u.org AND g.name = u.name AND p.unit != u.name AND p.removed_at = 0)
		FROM units u WHERE u.org = ? ORDER BY u.name`, org)
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	return all, nil
}

// SetUnit lets a group of the company's directory in. Of a group that the directory
// itself tells of, see AddDirectoryGroup, the people become members at the site now, all
// of them or, for want of seats, none; of another at the next sync. A group that is let
// in already moves to the site.
func (s *Store) SetUnit(ctx context.Context, actor access.Actor, name string, site attendance.SiteID) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	if err := require("unit", &name, maxUnit); err != nil {
		return err
	}
	var people []attendance.ProfileID
	var lost []attendance.SiteID
	err := s.change(ctx, func(t *tx) error {
		people, lost = nil, nil
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
		before, err := letIn(ctx, t, actor.Org, name)
		if err != nil {
			return err
		}
		if before != site {
			lost = sitesLost(before)
		}
		_, err = t.ExecContext(ctx, `INSERT INTO units (org, name, site, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (org, name) DO UPDATE SET site = excluded.site`,
			actor.Org, name, site, micros(t.now))
		if err != nil {
			return fmt.Errorf("set unit: %w", err)
		}
		if people, err = groupNamed(ctx, t, actor.Org, name); err != nil {
			return err
		}
		p, err := t.placing(ctx, actor)
		if err != nil {
			return err
		}
		if err := p.roomFor(ctx, people); err != nil {
			return atUnit(err)
		}
		return t.audit(ctx, actor, "set-unit", name)
	})
	if err != nil {
		return err
	}
	return s.placeAll(ctx, actor, people, lost, nothingBefore)
}

// atUnit says at the field of a form what is wrong with the people of a group.
func atUnit(err error) error {
	var in access.Invalid
	if errors.As(err, &in) {
		in.Field = "unit"
		return in
	}
	return err
}

// RemoveUnit lets a group in no longer. People of a group that the directory itself
// tells of leave its site, and give their seat back where they are nowhere else; people
// of another stay members until the next sync names them.
func (s *Store) RemoveUnit(ctx context.Context, actor access.Actor, name string) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	var people []attendance.ProfileID
	var lost []attendance.SiteID
	err := s.change(ctx, func(t *tx) error {
		site, err := letIn(ctx, t, actor.Org, name)
		if err != nil {
			return err
		}
		lost = sitesLost(site)
		if people, err = groupNamed(ctx, t, actor.Org, name); err != nil {
			return err
		}
		r, err := t.ExecContext(ctx, `DELETE FROM units WHERE org = ? AND name = ?`, actor.Org, name)
		if err != nil {
			return fmt.Errorf("remove unit: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		return t.audit(ctx, actor, "remove-unit", name)
	})
	if err != nil {
		return err
	}
	return s.placeAll(ctx, actor, people, lost, nothingBefore)
}
