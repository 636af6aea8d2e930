package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// CountInvitations counts the people whom a filter shows by what else it could be
// narrowed to.
func (s *Store) CountInvitations(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Counts, error) {
	var c invite.Counts
	if err := actor.Require(access.ReadRoster); err != nil {
		return c, err
	}
	err := s.view(ctx, func(q querier) (err error) {
		other := f
		other.Reason, other.Status = "", []invite.Status{invite.Problem}
		if c.Reasons, err = countBy[invite.Reason](ctx, q, actor, other, "p.reason", ""); err != nil {
			return err
		}
		delete(c.Reasons, "") // what has expired has none
		other = f
		other.Reachable = ""
		if c.Reachable, err = countBy[invite.Reachable](ctx, q, actor, other,
			"CASE WHEN p.email != '' THEN 'email' WHEN p.phone != '' THEN 'phone' ELSE 'hand' END", ""); err != nil {
			return err
		}
		other = f
		other.Site = ""
		c.Sites, err = countBy[attendance.SiteID](ctx, q, actor, other, "r.site", " JOIN profile_sites r ON r.profile = p.id")
		for site := range c.Sites {
			if !actor.Sees(site) {
				delete(c.Sites, site)
			}
		}
		return err
	})
	if err != nil {
		return invite.Counts{}, fmt.Errorf("count invitations: %w", err)
	}
	return c, nil
}

func countBy[K ~string](ctx context.Context, q querier, actor access.Actor, f invite.Filter, group, join string) (map[K]int, error) {
	w, err := invitationClause(actor, f)
	if err != nil {
		return nil, err
	}
	counts := map[K]int{}
	_, err = collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var k K
		var n int
		err := r.Scan(&k, &n)
		counts[k] = n
		return err
	}, `SELECT v.k, count(*) FROM (SELECT `+group+` AS k FROM profiles p`+join+w.sql+`) AS v GROUP BY v.k`, w.args...)
	return counts, err
}
