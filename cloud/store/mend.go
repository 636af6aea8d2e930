package store

import (
	"context"
	"fmt"
	"strconv"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// maxNote is how long the reason for dismissing something may be, in characters.
const maxNote = 300

// AssignQuarantined makes a punch in quarantine count as somebody's. The person
// belongs to the tablet's site, or to the site that the punch names. Of two who
// do something about the same entry the second gets access.ErrConflict.
func (s *Store) AssignQuarantined(ctx context.Context, actor access.Actor, id int64, profile attendance.ProfileID) error {
	return s.mend(ctx, actor, id, func(c *courier, q quarantined) error {
		if !q.Assignable {
			return access.ErrConflict
		}
		p := q.Punch
		if q.Repeatable {
			at, err := c.when(ctx, q.row, q.raw.received)
			if err != nil {
				return err
			}
			p.At, p.Moment = at.At, at
		}
		if ours, err := c.ours(ctx, "sites", string(p.Site)); err != nil {
			return err
		} else if !ours {
			p.Site = c.site
		}
		if !actor.Sees(p.Site) {
			return access.ErrNotFound
		}
		var belongs bool
		err := c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM profiles p JOIN profile_sites b ON b.profile = p.id
			WHERE p.id = ? AND p.org = ? AND p.removed_at = 0 AND b.site IN (SELECT value FROM json_each(?)))`,
			profile, actor.Org, list([]attendance.SiteID{c.site, p.Site})).Scan(&belongs)
		if err != nil {
			return fmt.Errorf("look up the person: %w", err)
		}
		if !belongs {
			return access.Invalid{Field: "employee", Problem: access.Unknown}
		}
		p.Profile = profile
		kept, err := c.keepOwnPunch(ctx, p, actor.User)
		if err != nil {
			return err
		}
		if !kept { // it counts already, or another row of that id
			return access.ErrConflict
		}
		if err := c.resolve(ctx, id, attendance.Assigned, actor.User, profile, ""); err != nil {
			return err
		}
		return c.audit(ctx, actor, "assign-quarantined", strconv.FormatInt(id, 10)+"/"+string(profile))
	})
}

// DismissQuarantined notes that something in quarantine needs nothing, and why.
func (s *Store) DismissQuarantined(ctx context.Context, actor access.Actor, id int64, reason string) error {
	invalid := require("reason", &reason, maxNote)
	return s.mend(ctx, actor, id, func(c *courier, _ quarantined) error {
		if invalid != nil {
			return invalid
		}
		if err := c.resolve(ctx, id, attendance.Dismissed, actor.User, "", reason); err != nil {
			return err
		}
		return c.audit(ctx, actor, "dismiss-quarantined", strconv.FormatInt(id, 10))
	})
}

// mend runs f for an open entry within the actor's reach, while nobody else can
// do anything about a row of that tablet.
func (s *Store) mend(ctx context.Context, actor access.Actor, id int64, f func(*courier, quarantined) error) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.changeLocked(ctx, func(t *tx) error {
		before, err := oneQuarantined(ctx, t, actor, id)
		if err != nil {
			return err
		}
		c, err := t.mender(ctx, actor.Org, before.Device)
		if err != nil {
			return err
		}
		q, err := oneQuarantined(ctx, t, actor, id)
		switch {
		case err != nil:
			return err
		case q.Resolution != "":
			return access.ErrConflict
		}
		c.d.Received = q.Received
		if err := f(c, q); err != nil {
			return err
		}
		t.tell(actor.Org, append(c.out.News, device.News{Topic: "quarantine"})...)
		return nil
	})
}

// mender returns a courier for rows of a tablet that are here already. The
// tablet's rows come from it alone until the commit. A tablet that is gone still
// leaves things to dismiss; its site is empty.
func (t *tx) mender(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID) (*courier, error) {
	all, err := t.couriers(ctx, []device.Delivery{{Org: org, Device: dev}})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// resolve closes an entry, which somebody else must not have done.
func (c *courier) resolve(ctx context.Context, id int64, how attendance.Resolution, by access.UserID, profile attendance.ProfileID, note string) error {
	res, err := c.ExecContext(ctx, `UPDATE quarantine SET resolved_at = ?, resolution = ?, resolved_by = ?, profile = ?, note = ? WHERE id = ? AND resolved_at = 0`,
		micros(c.now), how, by, profile, note, id)
	if err != nil {
		return fmt.Errorf("resolve: %w", err)
	}
	return oneOr(res, access.ErrConflict)
}
