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

// A company's own directory tells of people and groups, one at a time. It is the
// word of the whole organisation, so only an organisation admin, or a token of one,
// may bring it. Whom it tells of is known; who is in a group that is let in is a
// member at the group's site.

const (
	maxUserName = maxEmail
	// maxUnit is the longest name of a group, in characters.
	maxUnit = 256
	// maxDirectoryPage is how many people or groups are read at once.
	maxDirectoryPage = 500
)

func speaksForDirectory(actor access.Actor) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if !actor.Everywhere() {
		return access.ErrForbidden
	}
	return nil
}

// knownByUserName finds who has a user name, else whose only name it is: the address
// of somebody of whom no directory has told yet, or the Muster ID of somebody who has
// no address. Its arguments are userNameArgs. A cloud of an earlier version leaves what
// a directory told of somebody whom it removes; such a name is nobody's.
const knownByUserName = `(SELECT p.id FROM directory_people d JOIN profiles p ON p.id = d.profile AND p.removed_at = 0 WHERE d.org = ? AND d.folded = ?
	UNION SELECT n.id FROM profiles n WHERE n.org = ? AND n.removed_at = 0 AND n.email = ? AND n.email != ''
		AND NOT EXISTS (SELECT 1 FROM directory_people d JOIN profiles h ON h.id = d.profile AND h.removed_at = 0 WHERE d.profile = n.id OR d.org = n.org AND d.folded = n.email)
		AND NOT (n.account = 'deactivated' AND EXISTS (SELECT 1 FROM profiles o WHERE o.email = n.email AND o.email != '' AND o.org = n.org AND o.removed_at = 0 AND o.account != 'deactivated'))
	UNION SELECT m.id FROM profiles m WHERE m.org = ? AND m.removed_at = 0 AND lower(m.number) = ? AND m.email = ''
		AND NOT EXISTS (SELECT 1 FROM directory_people d JOIN profiles h ON h.id = d.profile AND h.removed_at = 0 WHERE d.profile = m.id OR d.org = m.org AND d.folded = lower(m.number)))`

func userNameArgs(org attendance.OrgID, name string) []any {
	name = strings.ToLower(name)
	return []any{org, name, org, name, org, name}
}

// directoryPeople holds a query to the people whom the terms are about.
func directoryPeople(actor access.Actor, terms []invite.DirectoryTerm) (*where, error) {
	org := "p.org"
	if slices.ContainsFunc(terms, func(t invite.DirectoryTerm) bool {
		return t.Field == invite.DirectoryUserName || t.Field == invite.DirectoryEmail
	}) {
		org = "p.org || ''" // no index has that: SQLite begins with the name instead of everybody
	}
	w := inOrg(org, actor).and("p.removed_at = 0")
	for _, term := range terms {
		v := term.Value
		switch term.Field {
		case invite.DirectoryID:
			w.and("p.id = ?", v)
		case invite.DirectoryUserName:
			w.and("p.id IN "+knownByUserName, userNameArgs(actor.Org, v)...)
		case invite.DirectoryExternalID:
			w.and("p.external_id = ? AND p.external_id != ''", v)
		case invite.DirectoryEmail:
			w.and("p.email = ? AND p.email != ''", strings.ToLower(v))
		case invite.DirectoryActive:
			if v == "true" {
				w.and("p.account != 'deactivated' AND NOT COALESCE(d.ended, FALSE)")
			} else {
				w.and("(p.account = 'deactivated' OR COALESCE(d.ended, FALSE))")
			}
		default:
			return nil, access.Invalid{Field: "filter", Problem: access.Unknown}
		}
	}
	return w, nil
}

const fromDirectoryPeople = ` FROM profiles p LEFT JOIN directory_people d ON d.profile = p.id`

// findDirectoryPeople reads people with their groups, by id.
func findDirectoryPeople(ctx context.Context, q querier, actor access.Actor, w *where, offset, limit int) ([]invite.DirectoryPerson, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, p *invite.DirectoryPerson) error {
		var number string
		var ended bool
		var created, changed int64
		err := r.Scan(&p.ID, &number, &p.FirstName, &p.LastName, &p.Language, &p.Contact.Email, &p.Contact.Phone, &p.Contact.ExternalID, &p.UserName, &ended, &created, &changed)
		if p.UserName == "" {
			p.UserName = p.Contact.Email
		}
		if p.UserName == "" {
			p.UserName = number
		}
		p.Active, p.Created, p.Changed = !ended, fromMicros(created), fromMicros(changed)
		return err
	}, `SELECT p.id, p.number, p.first_name, p.last_name, p.language, p.email, p.phone, p.external_id, COALESCE(d.user_name, ''),
		p.account = 'deactivated' OR COALESCE(d.ended, FALSE), p.created_at, p.changed_at`+fromDirectoryPeople+w.sql+` ORDER BY p.id LIMIT ? OFFSET ?`,
		append(w.args[:len(w.args):len(w.args)], limit, offset)...)
	if err != nil {
		return nil, fmt.Errorf("read people of a directory: %w", err)
	}
	at, ids := make(map[attendance.ProfileID]*invite.DirectoryPerson, len(all)), make([]attendance.ProfileID, len(all))
	for i := range all {
		at[all[i].ID], ids[i] = &all[i], all[i].ID
	}
	_, err = collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var id attendance.ProfileID
		var g invite.DirectoryGroup
		if err := r.Scan(&id, &g.ID, &g.Name); err != nil {
			return err
		}
		at[id].Groups = append(at[id].Groups, g)
		return nil
	}, `SELECT m.profile, g.id, g.name FROM directory_members m JOIN directory_groups g ON g.id = m.unit
		WHERE g.org = ? AND m.profile IN (SELECT value FROM json_each(?)) ORDER BY g.folded, m.profile`, actor.Org, list(ids))
	if err != nil {
		return nil, fmt.Errorf("read groups of people: %w", err)
	}
	return all, nil
}

// DirectoryPeople returns people for whom all terms hold, by id, and how many there
// are beside this page. Everybody in the roster is among them, whoever brought them.
func (s *Store) DirectoryPeople(ctx context.Context, actor access.Actor, query invite.DirectoryQuery) (people []invite.DirectoryPerson, total int, err error) {
	if err := speaksForDirectory(actor); err != nil {
		return nil, 0, err
	}
	w, err := directoryPeople(actor, query.Terms)
	if err != nil {
		return nil, 0, err
	}
	if query.Limit < 0 || query.Limit > maxDirectoryPage || query.Offset < 0 {
		return nil, 0, access.Invalid{Field: "count", Problem: access.OutOfRange}
	}
	err = s.view(ctx, func(q querier) error {
		if err := q.QueryRowContext(ctx, `SELECT count(*)`+fromDirectoryPeople+w.sql, w.args...).Scan(&total); err != nil {
			return fmt.Errorf("count people of a directory: %w", err)
		}
		if query.Limit == 0 || query.Offset >= total {
			return nil
		}
		people, err = findDirectoryPeople(ctx, q, actor, w, query.Offset, query.Limit)
		return err
	})
	return people, total, err
}

// DirectoryPerson returns one person.
func (s *Store) DirectoryPerson(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.DirectoryPerson, error) {
	if err := speaksForDirectory(actor); err != nil {
		return invite.DirectoryPerson{}, err
	}
	var p invite.DirectoryPerson
	err := s.view(ctx, func(q querier) (err error) {
		p, err = findDirectoryPerson(ctx, q, actor, id)
		return err
	})
	return p, err
}

func findDirectoryPerson(ctx context.Context, q querier, actor access.Actor, id attendance.ProfileID) (invite.DirectoryPerson, error) {
	w, err := directoryPeople(actor, []invite.DirectoryTerm{{Field: invite.DirectoryID, Value: string(id)}})
	if err != nil {
		return invite.DirectoryPerson{}, err
	}
	found, err := findDirectoryPeople(ctx, q, actor, w, 0, 1)
	if err != nil {
		return invite.DirectoryPerson{}, err
	}
	if len(found) == 0 {
		return invite.DirectoryPerson{}, access.ErrNotFound
	}
	return found[0], nil
}
