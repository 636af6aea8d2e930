package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

const fromDirectoryGroups = ` FROM directory_groups g`

// peopleOfGroup counts who is in group g. Whom a cloud of an earlier version removed is
// still in directory_members.
const peopleOfGroup = `(SELECT count(*) FROM directory_members m JOIN profiles p ON p.id = m.profile AND p.removed_at = 0 WHERE m.unit = g.id)`

// maxGroupMembers is about how many members are read with a page of groups: the page
// ends with the group that has them.
const maxGroupMembers = 20_000

// directoryGroups holds a query to the groups that the terms are about.
func directoryGroups(actor access.Actor, terms []invite.DirectoryTerm) (*where, error) {
	w := inOrg("g.org", actor)
	for _, term := range terms {
		switch v := term.Value; term.Field {
		case invite.DirectoryID:
			w.and("g.id = ?", v)
		case invite.DirectoryName:
			w.and("g.folded = ?", strings.ToLower(v))
		case invite.DirectoryExternalID:
			w.and("g.external_id = ? AND g.external_id != ''", v)
		case invite.DirectoryMemberID:
			w.and("EXISTS (SELECT 1 FROM directory_members m JOIN profiles p ON p.id = m.profile AND p.removed_at = 0 WHERE m.unit = g.id AND m.profile = ?)", v)
		default:
			return nil, access.Invalid{Field: "filter", Problem: access.Unknown}
		}
	}
	return w, nil
}

func findDirectoryGroups(ctx context.Context, q querier, w *where, query invite.DirectoryQuery) ([]invite.DirectoryGroup, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, g *invite.DirectoryGroup) error {
		var created, changed int64
		err := r.Scan(&g.ID, &g.Name, &g.ExternalID, &created, &changed, &g.People)
		g.Created, g.Changed = fromMicros(created), fromMicros(changed)
		return err
	}, `SELECT g.id, g.name, g.external_id, g.created_at, g.changed_at, `+peopleOfGroup+fromDirectoryGroups+w.sql+
		` ORDER BY g.id LIMIT ? OFFSET ?`, append(w.args[:len(w.args):len(w.args)], query.Limit, query.Offset)...)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	if !query.Members {
		return all, nil
	}
	members := 0
	for i := range all {
		if all[i].Members, err = membersOfGroup(ctx, q, all[i].ID); err != nil {
			return nil, err
		}
		if members += len(all[i].Members); members >= maxGroupMembers {
			return all[:i+1], nil
		}
	}
	return all, nil
}

func membersOfGroup(ctx context.Context, q querier, id invite.GroupID) ([]invite.DirectoryMember, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, m *invite.DirectoryMember) error {
		var p attendance.Profile
		err := r.Scan(&m.ID, &p.FirstName, &p.LastName)
		m.Name = p.Name()
		return err
	}, `SELECT p.id, p.first_name, p.last_name FROM directory_members m JOIN profiles p ON p.id = m.profile WHERE m.unit = ? AND p.removed_at = 0 ORDER BY p.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read members of a group: %w", err)
	}
	return all, nil
}

// DirectoryGroups returns groups for which all terms hold, by id, and how many there
// are beside this page. Where their members are asked for, there may be fewer on it
// than the limit allows.
func (s *Store) DirectoryGroups(ctx context.Context, actor access.Actor, query invite.DirectoryQuery) (groups []invite.DirectoryGroup, total int, err error) {
	if err := speaksForDirectory(actor); err != nil {
		return nil, 0, err
	}
	w, err := directoryGroups(actor, query.Terms)
	if err != nil {
		return nil, 0, err
	}
	if query.Limit < 0 || query.Limit > maxDirectoryPage || query.Offset < 0 {
		return nil, 0, access.Invalid{Field: "count", Problem: access.OutOfRange}
	}
	err = s.view(ctx, func(q querier) error {
		if err := q.QueryRowContext(ctx, `SELECT count(*)`+fromDirectoryGroups+w.sql, w.args...).Scan(&total); err != nil {
			return fmt.Errorf("count groups: %w", err)
		}
		if query.Limit == 0 || query.Offset >= total {
			return nil
		}
		groups, err = findDirectoryGroups(ctx, q, w, query)
		return err
	})
	return groups, total, err
}

// DirectoryGroup returns one group, with its members where they are asked for.
func (s *Store) DirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID, members bool) (invite.DirectoryGroup, error) {
	if err := speaksForDirectory(actor); err != nil {
		return invite.DirectoryGroup{}, err
	}
	var g invite.DirectoryGroup
	err := s.view(ctx, func(q querier) (err error) {
		g, err = findDirectoryGroup(ctx, q, actor, id, members)
		return err
	})
	return g, err
}

func findDirectoryGroup(ctx context.Context, q querier, actor access.Actor, id invite.GroupID, members bool) (invite.DirectoryGroup, error) {
	found, err := findDirectoryGroups(ctx, q, inOrg("g.org", actor).and("g.id = ?", id), invite.DirectoryQuery{Limit: 1, Members: members})
	if err != nil {
		return invite.DirectoryGroup{}, err
	}
	if len(found) == 0 {
		return invite.DirectoryGroup{}, access.ErrNotFound
	}
	return found[0], nil
}

// letIn returns the site of a group that is let in; empty: it isn't.
func letIn(ctx context.Context, q querier, org attendance.OrgID, name string) (attendance.SiteID, error) {
	sites, err := collect(ctx, q, scanOne[attendance.SiteID], `SELECT site FROM units WHERE org = ? AND name = ?`, org, name)
	if err != nil {
		return "", fmt.Errorf("look whether a group is let in: %w", err)
	}
	if len(sites) == 0 {
		return "", nil
	}
	return sites[0], nil
}

// groupNamed returns who is in the group of a directory that has a name.
func groupNamed(ctx context.Context, q querier, org attendance.OrgID, name string) ([]attendance.ProfileID, error) {
	all, err := collect(ctx, q, scanOne[attendance.ProfileID], `SELECT m.profile FROM directory_groups g JOIN directory_members m ON m.unit = g.id
		WHERE g.org = ? AND g.name = ? ORDER BY m.profile`, org, name)
	if err != nil {
		return nil, fmt.Errorf("who is in a group: %w", err)
	}
	return all, nil
}

// groupsOutside returns the groups of which a directory told and that aren't let in.
func groupsOutside(ctx context.Context, q querier, org attendance.OrgID) ([]invite.Unit, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, u *invite.Unit) error { return r.Scan(&u.Name, &u.People) },
		`SELECT g.name, `+peopleOfGroup+fromDirectoryGroups+`
		WHERE g.org = ? AND NOT EXISTS (SELECT 1 FROM units u WHERE u.org = g.org AND u.name = g.name) ORDER BY g.folded LIMIT ?`, org, maxUnits)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	return all, nil
}

// inGroup returns which of these people are in a group, sorted.
func inGroup(ctx context.Context, q querier, id invite.GroupID, people []attendance.ProfileID) ([]attendance.ProfileID, error) {
	all, err := collect(ctx, q, scanOne[attendance.ProfileID], `SELECT profile FROM directory_members WHERE unit = ? AND profile IN (SELECT value FROM json_each(?)) ORDER BY profile`, id, list(people))
	if err != nil {
		return nil, fmt.Errorf("who is in a group: %w", err)
	}
	return all, nil
}

// groupChange brings the people of a change into the form it is carried out in: who is
// added is there, who is removed is in the group, and nobody is both.
func (t *tx) groupChange(ctx context.Context, actor access.Actor, id invite.GroupID, c *invite.DirectoryChange) error {
	c.Add, c.Remove = slices.Clone(c.Add), slices.Clone(c.Remove)
	slices.Sort(c.Add)
	c.Add = slices.Compact(c.Add)
	there, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT id FROM profiles WHERE org = ? AND removed_at = 0 AND id IN (SELECT value FROM json_each(?))`, actor.Org, list(c.Add))
	if err != nil {
		return fmt.Errorf("look for members: %w", err)
	}
	if len(there) != len(c.Add) {
		return access.Invalid{Field: "members", Problem: access.Unknown}
	}
	if c.Whole {
		now, err := membersOfGroup(ctx, t, id)
		if err != nil {
			return err
		}
		c.Remove = c.Remove[:0]
		for _, m := range now {
			c.Remove = append(c.Remove, m.ID)
		}
	}
	if c.Remove, err = inGroup(ctx, t, id, c.Remove); err != nil {
		return err
	}
	c.Remove = slices.DeleteFunc(c.Remove, func(id attendance.ProfileID) bool {
		_, added := slices.BinarySearch(c.Add, id)
		return added
	})
	return nil
}
