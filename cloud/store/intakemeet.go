package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/attendance"
	"muster/intake"
)

// byNumber finds people of an organisation by lower-case numbers. The two bars
// have the planner take the index of numbers and not that of organisations.
const byNumber = `p.org || '' = ? AND lower(p.number) IN (SELECT value FROM json_each(?)) AND p.removed_at = 0`

// goneByNumber is the same for people who left.
const goneByNumber = `p.org = ? AND lower(p.number) IN (SELECT value FROM json_each(?)) AND p.removed_at != 0`

// meet reads the people whom rows may mean.
func (l *lookout) meet(ctx context.Context, q querier) error {
	var externals, emails, numbers []string
	for _, r := range l.rows {
		for list, value := range map[*[]string]string{&externals: r.Record.ExternalID, &emails: strings.ToLower(r.Record.Email), &numbers: strings.ToLower(r.Record.Number)} {
			if value != "" && r.Verdict != intake.Refused {
				*list = append(*list, text(value))
			}
		}
	}
	known := map[attendance.ProfileID]*acquaintance{}
	for _, look := range []struct {
		condition string
		values    []string
	}{
		{`p.org = ? AND p.external_id IN (SELECT value FROM json_each(?)) AND p.external_id != '' AND p.removed_at = 0`, externals},
		{`p.org = ? AND p.email IN (SELECT value FROM json_each(?)) AND p.email != '' AND p.removed_at = 0`, emails},
		{byNumber, numbers},
		{goneByNumber, numbers},
	} {
		if len(look.values) == 0 {
			continue
		}
		if err := l.acquaint(ctx, q, known, look.condition, list(look.values)); err != nil {
			return fmt.Errorf("look for people: %w", err)
		}
	}
	if err := l.furnish(ctx, q, known); err != nil {
		return fmt.Errorf("look for people: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		a := known[id]
		l.byNumber[strings.ToLower(a.profile.Number)] = a
		if a.gone {
			continue
		}
		if a.contact.ExternalID != "" {
			l.byExternal[a.contact.ExternalID] = a
		}
		if a.contact.Email != "" {
			l.byEmail[a.contact.Email] = append(l.byEmail[a.contact.Email], a)
		}
	}
	return nil
}

func (l *lookout) acquaint(ctx context.Context, q querier, known map[attendance.ProfileID]*acquaintance, condition, values string) error {
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		a, in := &acquaintance{}, asked{}
		p := &a.profile
		err := r.Scan(&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked, &a.contact.Email, &a.contact.Phone, &a.contact.ExternalID,
			&a.state.Account, &a.state.Delivery, &in.membership, &in.since, &in.answer, &in.outcome, &a.gone)
		in.tell(p)
		a.state.Membership = in.membership
		known[p.ID] = a
		return err
	}, `SELECT p.id, p.number, p.first_name, p.last_name, p.language, p.photo, p.blocked, p.email, p.phone, p.external_id, p.account, p.delivery, `+askedColumns+`, p.removed_at != 0
		FROM profiles p WHERE `+condition, l.actor.Org, values)
	return err
}

// furnish adds the sites of people, and which addresses are blocked.
func (l *lookout) furnish(ctx context.Context, q querier, known map[attendance.ProfileID]*acquaintance) error {
	if len(known) > 0 {
		_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
			var p attendance.ProfileID
			var site attendance.SiteID
			err := r.Scan(&p, &site)
			known[p].sites = append(known[p].sites, site)
			return err
		}, `SELECT profile, site FROM profile_sites WHERE profile IN (SELECT value FROM json_each(?)) ORDER BY profile, site`, list(slices.Sorted(maps.Keys(known))))
		if err != nil {
			return err
		}
	}
	var some bool
	if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM blocks WHERE org = ?)`, l.actor.Org).Scan(&some); err != nil || !some {
		return err
	}
	var addresses []string
	for _, r := range l.rows {
		addresses = append(addresses, strings.ToLower(r.Record.Email), r.Record.Phone)
	}
	for _, a := range known {
		addresses = append(addresses, a.contact.Email, a.contact.Phone)
	}
	blocked, err := collect(ctx, q, scanOne[string], `SELECT address FROM blocks WHERE org = ? AND address IN (SELECT value FROM json_each(?))`, l.actor.Org, list(addresses))
	for _, b := range blocked {
		l.blocked[b] = true
	}
	return err
}
