package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Invitations returns a page of the people whom a filter shows, ordered by last
// name, first name and id. The pages are found by where the one before ended, so
// the last is as quick as the first.
func (s *Store) Invitations(ctx context.Context, actor access.Actor, query invite.Query) (invite.Page, error) {
	var page invite.Page
	if err := actor.Require(access.ReadRoster); err != nil {
		return page, err
	}
	limit, err := pageSize(query.Limit, 500)
	if err != nil {
		return page, err
	}
	parts, err := invitationClauses(actor, query)
	if err != nil {
		return page, err
	}
	err = s.view(ctx, func(q querier) error {
		found, err := findAmong(ctx, q, parts, limit+1)
		if err != nil {
			return err
		}
		if len(found) > limit {
			found = found[:limit]
			last := found[limit-1]
			page.Next = cursor{Sort: last.sort, ID: string(last.person.Profile.ID)}.String()
		}
		page.People, err = invited(ctx, q, actor, found)
		return err
	})
	if err != nil {
		return invite.Page{}, err
	}
	return page, nil
}

// Invitation returns one person as the list shows them.
func (s *Store) Invitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Person, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return invite.Person{}, err
	}
	var p invite.Person
	err := s.view(ctx, func(q querier) (err error) {
		if p, err = findInvitation(ctx, q, actor, id); err != nil {
			return err
		}
		p.Changes, err = contactChanges(ctx, q, s.now(), actor.Org, id)
		return err
	})
	return p, err
}

func findInvitation(ctx context.Context, q querier, actor access.Actor, id attendance.ProfileID) (invite.Person, error) {
	w := inOrg("p.org", actor).and("p.removed_at = 0").and("p.id = ?", id).reachable("p.id", actor)
	found, err := findInvited(ctx, q, w, 1)
	if err != nil {
		return invite.Person{}, err
	}
	if len(found) == 0 {
		return invite.Person{}, access.ErrNotFound
	}
	people, err := invited(ctx, q, actor, found)
	if err != nil {
		return invite.Person{}, err
	}
	return people[0], nil
}

// Tally counts the people whom a filter shows by their status. What the filter
// says of the status itself is left aside: each status has its number.
func (s *Store) Tally(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Tally, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	f.Status = nil
	w, err := invitationClause(actor, f)
	if err != nil {
		return nil, err
	}
	tally := invite.Tally{}
	_, err = collect(ctx, s.read, func(r *sql.Rows, _ *struct{}) error {
		var status invite.Status
		var n int
		err := r.Scan(&status, &n)
		tally[status] = n
		return err
	}, `SELECT p.status, count(*) FROM profiles p`+w.sql+` GROUP BY p.status`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count by status: %w", err)
	}
	return tally, nil
}

// AnySilent tells whether anybody within reach has never been invited, or is
// silent again. It is asked on every page, for the menu.
func (s *Store) AnySilent(ctx context.Context, actor access.Actor) (bool, error) {
	return s.anyOf(ctx, actor, invite.NotInvited)
}

// AnyPending tells whether anybody within reach has not been activated. It is
// asked on every page, for the menu.
func (s *Store) AnyPending(ctx context.Context, actor access.Actor) (bool, error) {
	return s.anyOf(ctx, actor, invite.ToCome...)
}

func (s *Store) anyOf(ctx context.Context, actor access.Actor, status ...invite.Status) (bool, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return false, err
	}
	w := inOrg("p.org", actor).and("p.removed_at = 0").
		and("p.status IN (SELECT value FROM json_each(?)) AND p.membership NOT IN ('outside', 'rejected')", list(status)).
		reachable("p.id", actor)
	var any bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM profiles p`+w.sql+`)`, w.args...).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look for pending people: %w", err)
	}
	return any, nil
}

// listed is a person with the key that the list is ordered by.
type listed struct {
	person invite.Person
	sort   []byte
}

// block joins the block of the address that a message would go to.
const block = ` LEFT JOIN blocks b ON b.org = p.org AND b.address = CASE WHEN p.email != '' THEN p.email ELSE p.phone END`

func findInvited(ctx context.Context, q querier, w *where, limit int) ([]listed, error) {
	found, err := collect(ctx, q, func(r *sql.Rows, v *listed) error {
		p := &v.person
		var asked, chased, messaged, opened, expires, active, since int64
		err := r.Scan(&p.Profile.ID, &p.Profile.Number, &p.Profile.FirstName, &p.Profile.LastName, &p.Profile.Language, &p.Profile.Photo, &p.Profile.Blocked,
			&p.Contact.Email, &p.Contact.Phone, &p.Contact.ExternalID, &p.State.Account, &p.State.Delivery, &p.State.Membership, &p.Added,
			&p.Reason, &p.Detail, &p.Channel, &asked, &chased, &messaged, &opened, &expires, &active,
			&p.Blocked.Address, &p.Blocked.Reason, &p.Blocked.Detail, &since, &v.sort)
		p.Asked, p.Chased, p.Opened, p.Expires, p.Active = fromMicros(asked), fromMicros(chased), fromMicros(opened), fromMicros(expires), fromMicros(active)
		p.Blocked.Since, p.Chases.Last = fromMicros(since), fromMicros(messaged)
		return err
	}, `SELECT p.id, p.number, p.first_name, p.last_name, p.language, p.photo, p.blocked, p.email, p.phone, p.external_id, p.account, p.delivery, p.membership, p.added,
		p.reason, p.detail, p.channel, p.asked_at, p.chased_at, p.messaged_at, p.opened_at, p.expires_at, p.active_at,
		COALESCE(b.address, ''), COALESCE(b.reason, ''), COALESCE(b.detail, ''), COALESCE(b.since, 0), p.sort_key
		FROM profiles p`+block+w.sql+` ORDER BY p.sort_key, p.id LIMIT ?`, append(w.args[:len(w.args):len(w.args)], limit)...)
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", err)
	}
	return found, nil
}

// invitationClauses are the clauses of a page: one for each status that is asked
// for, so that each is read from the index in its order.
func invitationClauses(actor access.Actor, query invite.Query) ([]*where, error) {
	filters := []invite.Filter{query.Filter}
	if len(query.Status) > 1 {
		filters = filters[:0]
		for _, s := range slices.Compact(slices.Sorted(slices.Values(query.Status))) {
			f := query.Filter
			f.Status = []invite.Status{s}
			filters = append(filters, f)
		}
	}
	parts := make([]*where, 0, len(filters))
	for _, f := range filters {
		w, err := invitationClause(actor, f)
		if err != nil {
			return nil, err
		}
		if query.After != "" {
			c, err := parseCursor("after", query.After)
			if err != nil {
				return nil, err
			}
			w.and("(p.sort_key, p.id) > (?, ?)", c.Sort, c.ID)
		}
		parts = append(parts, w)
	}
	return parts, nil
}

// findAmong is findInvited for all that any of the clauses shows; nobody is shown
// by two.
func findAmong(ctx context.Context, q querier, parts []*where, limit int) ([]listed, error) {
	if len(parts) == 1 {
		return findInvited(ctx, q, parts[0], limit)
	}
	var all []listed
	for _, w := range parts {
		found, err := findInvited(ctx, q, w, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b listed) int {
		return cmp.Or(bytes.Compare(a.sort, b.sort), cmp.Compare(a.person.Profile.ID, b.person.Profile.ID))
	})
	return all[:min(limit, len(all))], nil
}

// invited adds sites to people; those out of the actor's reach are left out.
func invited(ctx context.Context, q querier, actor access.Actor, found []listed) ([]invite.Person, error) {
	people := make([]invite.Person, len(found))
	at := make(map[attendance.ProfileID]*invite.Person, len(found))
	ids := make([]attendance.ProfileID, len(found))
	for i, f := range found {
		people[i], ids[i], at[f.person.Profile.ID] = f.person, f.person.Profile.ID, &people[i]
	}
	err := sitesOf(ctx, q, actor, ids, func(p attendance.ProfileID, site attendance.SiteID) { at[p].Sites = append(at[p].Sites, site) })
	if err != nil {
		return nil, err
	}
	return people, nil
}
