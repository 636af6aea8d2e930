package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

func cleanGroup(g *invite.DirectoryGroup) error {
	return first(require("name", &g.Name, maxUnit), clean("external_id", &g.ExternalID, maxExternalID))
}

// AddDirectoryGroup adds a group of which a directory tells. Whether its people are
// let in is an organisation admin's decision, see SetUnit. A name that another group
// has is Invalid: taken.
func (s *Store) AddDirectoryGroup(ctx context.Context, actor access.Actor, g invite.DirectoryGroup) (invite.DirectoryGroup, error) {
	if err := speaksForDirectory(actor); err != nil {
		return invite.DirectoryGroup{}, err
	}
	if err := cleanGroup(&g); err != nil {
		return invite.DirectoryGroup{}, err
	}
	g.ID = attendance.NewID[invite.GroupID]()
	c := invite.DirectoryChange{}
	for _, m := range g.Members {
		c.Add = append(c.Add, m.ID)
	}
	err := s.changeGroup(ctx, actor, g.ID, c, func(t *tx) error {
		if err := t.ownGroupName(ctx, actor, g.ID, g.Name); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO directory_groups (id, org, name, folded, external_id, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			g.ID, actor.Org, g.Name, strings.ToLower(g.Name), g.ExternalID, micros(t.now), micros(t.now))
		if err != nil {
			return taken(err, "name", "add a group")
		}
		return t.audit(ctx, actor, "add-group", g.Name)
	})
	if err != nil {
		return invite.DirectoryGroup{}, err
	}
	return s.DirectoryGroup(ctx, actor, g.ID, false)
}

func (t *tx) ownGroupName(ctx context.Context, actor access.Actor, id invite.GroupID, name string) error {
	found, err := collect(ctx, t, scanOne[invite.GroupID], `SELECT id FROM directory_groups WHERE org = ? AND folded = ? AND id != ?`, actor.Org, strings.ToLower(name), id)
	if err != nil {
		return fmt.Errorf("look whose a group's name is: %w", err)
	}
	if len(found) > 0 {
		return access.Invalid{Field: "name", Problem: access.Taken}
	}
	return nil
}

// ChangeDirectoryGroup changes a group, and who is in it. Where its people are let in
// and one of them can't be, for want of a seat or because the way in is closed,
// nothing is changed. Very many people are placed in several steps; an error in
// between leaves what was done, and the same again does the rest.
func (s *Store) ChangeDirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID, c invite.DirectoryChange) error {
	if err := speaksForDirectory(actor); err != nil {
		return err
	}
	return s.changeGroup(ctx, actor, id, c, func(t *tx) error {
		now, err := findDirectoryGroup(ctx, t, actor, id, false)
		if err != nil {
			return err
		}
		if c.Same != nil {
			if err := c.Same(now); err != nil {
				return err
			}
		}
		g := now
		if c.Name != nil {
			g.Name = *c.Name
		}
		if c.ExternalID != nil {
			g.ExternalID = *c.ExternalID
		}
		if err := cleanGroup(&g); err != nil {
			return err
		}
		if g.Name == now.Name && g.ExternalID == now.ExternalID {
			return nil
		}
		if err := t.ownGroupName(ctx, actor, id, g.Name); err != nil {
			return err
		}
		// It is the same group: where it was let in it still is, under its new name.
		if _, err := t.ExecContext(ctx, `UPDATE units SET name = ?1 WHERE org = ?2 AND name = ?3 AND NOT EXISTS (SELECT 1 FROM units o WHERE o.org = ?2 AND o.name = ?1)`,
			g.Name, actor.Org, now.Name); err != nil {
			return fmt.Errorf("change a group: %w", err)
		}
		if _, err := t.ExecContext(ctx, `UPDATE directory_groups SET name = ?, folded = ?, external_id = ? WHERE id = ? AND org = ?`,
			g.Name, strings.ToLower(g.Name), g.ExternalID, id, actor.Org); err != nil {
			return taken(err, "name", "change a group")
		}
		return t.groupChanged(ctx, actor, id)
	})
}

// groupChanged notes a change of a group: the next version of it.
func (t *tx) groupChanged(ctx context.Context, actor access.Actor, id invite.GroupID) error {
	_, err := t.ExecContext(ctx, `UPDATE directory_groups SET changed_at = CASE WHEN changed_at >= ?1 THEN changed_at + 1 ELSE ?1 END WHERE id = ?2 AND org = ?3`, micros(t.now), id, actor.Org)
	if err != nil {
		return fmt.Errorf("change a group: %w", err)
	}
	return t.audit(ctx, actor, "change-group", string(id))
}

// changeGroup writes a group by write, and who is in it.
func (s *Store) changeGroup(ctx context.Context, actor access.Actor, id invite.GroupID, change invite.DirectoryChange, write func(*tx) error) error {
	var c invite.DirectoryChange
	var site attendance.SiteID
	var lost []attendance.SiteID
	var later bool
	err := s.change(ctx, func(t *tx) error {
		c = change
		was, err := siteOfGroup(ctx, t, actor.Org, id)
		if err != nil {
			return err
		}
		if err := write(t); err != nil {
			return err
		}
		if site, err = siteOfGroup(ctx, t, actor.Org, id); err != nil {
			return err
		}
		if err := t.groupChange(ctx, actor, id, &c); err != nil {
			return err
		}
		lost = sitesLost(site)
		if was != site { // by its new name it is let in elsewhere, or not at all
			lost = append(lost, sitesLost(was)...)
			if err := t.addMembers(ctx, id, &c); err != nil {
				return err
			}
		}
		later = len(c.Add)+len(c.Remove) > rosterChunk
		if err := s.addToGroup(ctx, t, actor, id, site, c, was != site); err != nil || later {
			return err
		}
		if err := t.outOfGroup(ctx, id, c.Remove); err != nil {
			return err
		}
		return s.placeSome(ctx, t, actor, slices.Concat(c.Add, c.Remove), lost)
	})
	if err != nil || !later {
		return err
	}
	err = s.placeAll(ctx, actor, c.Remove, lost, func(t *tx, some []attendance.ProfileID) error { return t.outOfGroup(ctx, id, some) })
	if err != nil || len(lost) == 0 {
		return err
	}
	return s.placeAll(ctx, actor, c.Add, lost, nothingBefore)
}

// siteOfGroup returns where a group is let in; empty: nowhere, or it isn't there yet.
func siteOfGroup(ctx context.Context, q querier, org attendance.OrgID, id invite.GroupID) (attendance.SiteID, error) {
	sites, err := collect(ctx, q, scanOne[attendance.SiteID], `SELECT u.site FROM directory_groups g JOIN units u ON u.org = g.org AND u.name = g.name WHERE g.id = ? AND g.org = ?`, id, org)
	if err != nil || len(sites) == 0 {
		return "", err
	}
	return sites[0], nil
}

// addMembers has all who stay in a group be placed anew with those who come.
func (t *tx) addMembers(ctx context.Context, id invite.GroupID, c *invite.DirectoryChange) error {
	now, err := membersOfGroup(ctx, t, id)
	if err != nil {
		return err
	}
	goes := make(map[attendance.ProfileID]bool, len(c.Remove))
	for _, id := range c.Remove {
		goes[id] = true
	}
	for _, m := range now {
		if !goes[m.ID] {
			c.Add = append(c.Add, m.ID)
		}
	}
	slices.Sort(c.Add)
	c.Add = slices.Compact(c.Add)
	return nil
}

func sitesLost(site attendance.SiteID) []attendance.SiteID {
	if site == "" {
		return nil
	}
	return []attendance.SiteID{site}
}

// addToGroup notes who is in a group from now on, where all of them can be let in.
func (s *Store) addToGroup(ctx context.Context, t *tx, actor access.Actor, id invite.GroupID, site attendance.SiteID, c invite.DirectoryChange, anew bool) error {
	there, err := inGroup(ctx, t, id, c.Add)
	if err != nil {
		return err
	}
	if len(there) == len(c.Add) && len(c.Remove) == 0 && !anew {
		return nil
	}
	if site != "" {
		p, err := t.placing(ctx, actor)
		if err != nil {
			return err
		}
		if err := p.roomFor(ctx, c.Add); err != nil {
			return err
		}
	}
	_, err = t.ExecContext(ctx, `INSERT INTO directory_members (unit, profile) SELECT ?, p.id FROM profiles p WHERE p.org = ? AND p.id IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING`,
		id, actor.Org, list(c.Add))
	if err != nil {
		return fmt.Errorf("add to a group: %w", err)
	}
	return t.groupChanged(ctx, actor, id)
}

func (t *tx) outOfGroup(ctx context.Context, id invite.GroupID, people []attendance.ProfileID) error {
	if len(people) == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, `DELETE FROM directory_members WHERE unit = ? AND profile IN (SELECT value FROM json_each(?))`, id, list(people))
	if err != nil {
		return fmt.Errorf("take out of a group: %w", err)
	}
	return nil
}

// RemoveDirectoryGroup removes a group; its people are no longer where it put them.
// That its name is let in stays an admin's to change.
func (s *Store) RemoveDirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID) error {
	g, err := s.DirectoryGroup(ctx, actor, id, true)
	if err != nil {
		return err
	}
	people := make([]attendance.ProfileID, len(g.Members))
	for i, m := range g.Members {
		people[i] = m.ID
	}
	out := func(t *tx, some []attendance.ProfileID) error { return t.outOfGroup(ctx, id, some) }
	if len(people) > rosterChunk {
		site, err := letIn(ctx, s.read, actor.Org, g.Name)
		if err != nil {
			return err
		}
		if err := s.placeAll(ctx, actor, people, sitesLost(site), out); err != nil {
			return err
		}
	}
	return s.change(ctx, func(t *tx) error {
		site, err := letIn(ctx, t, actor.Org, g.Name)
		if err != nil {
			return err
		}
		members, err := membersOfGroup(ctx, t, id) // somebody may have come meanwhile
		if err != nil {
			return err
		}
		left := make([]attendance.ProfileID, len(members))
		for i, m := range members {
			left[i] = m.ID
		}
		r, err := t.ExecContext(ctx, `DELETE FROM directory_groups WHERE id = ? AND org = ?`, id, actor.Org)
		if err != nil {
			return fmt.Errorf("remove a group: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		if err := out(t, left); err != nil {
			return err
		}
		if err := s.placeSome(ctx, t, actor, left, sitesLost(site)); err != nil {
			return err
		}
		return t.audit(ctx, actor, "remove-group", g.Name)
	})
}
