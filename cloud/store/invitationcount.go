package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// reachableBy is how a message would go to a person of profiles p.
const reachableBy = "CASE WHEN p.email != '' THEN 'email' WHEN p.phone != '' THEN 'phone' ELSE 'hand' END"

// CountInvitations counts the people whom a filter shows by what else it could be
// narrowed to.
func (s *Store) CountInvitations(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Counts, error) {
	var c invite.Counts
	if err := actor.Require(access.ReadRoster); err != nil {
		return c, err
	}
	err := s.view(ctx, func(q querier) error {
		other := f
		other.Reason, other.Status = "", []invite.Status{invite.Problem}
		w, err := invitationClause(actor, other)
		if err != nil {
			return err
		}
		// What has expired has no reason; an index has the others.
		if c.Reasons, err = countBy[invite.Reason](ctx, q, "p.reason", "profiles p", w.and("p.reason != ''")); err != nil {
			return err
		}
		other = f
		other.Reachable = ""
		if w, err = invitationClause(actor, other); err != nil {
			return err
		}
		if c.Reachable, err = countBy[invite.Reachable](ctx, q, reachableBy, "profiles p", w); err != nil {
			return err
		}
		c.Sites, err = countSites(ctx, q, actor, f)
		return err
	})
	if err != nil {
		return invite.Counts{}, fmt.Errorf("count invitations: %w", err)
	}
	return c, nil
}

// countSites counts the people whom a filter shows by site, whatever it says of the
// site itself. Who is not narrowed down is counted without looking at the people:
// who has left is of no site.
func countSites(ctx context.Context, q querier, actor access.Actor, f invite.Filter) (map[attendance.SiteID]int, error) {
	f.Site = ""
	if reflect.DeepEqual(f, invite.Filter{}) {
		return countBy[attendance.SiteID](ctx, q, "r.site", "sites s JOIN profile_sites r ON r.site = s.id", inOrg("s.org", actor).atSite("s.id", actor))
	}
	w, err := invitationClause(actor, f)
	if err != nil {
		return nil, err
	}
	return countBy[attendance.SiteID](ctx, q, "r.site", "profiles p JOIN profile_sites r ON r.profile = p.id", w.atSite("r.site", actor))
}

func countBy[K ~string](ctx context.Context, q querier, group, from string, w *where) (map[K]int, error) {
	counts := map[K]int{}
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var k K
		var n int
		err := r.Scan(&k, &n)
		counts[k] = n
		return err
	}, `SELECT v.k, count(*) FROM (SELECT `+group+` AS k FROM `+from+w.sql+`) AS v GROUP BY v.k`, w.args...)
	return counts, err
}
