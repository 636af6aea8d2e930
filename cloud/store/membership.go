package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Memberships returns how people belong to the organisation, and how they came.
// Who is out of the actor's reach is left out.
func (s *Store) Memberships(ctx context.Context, actor access.Actor, people []attendance.ProfileID) (map[attendance.ProfileID]invite.Admission, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	w := inOrg("p.org", actor).and("p.removed_at = 0").and("p.id IN (SELECT value FROM json_each(?))", list(people)).reachable("p.id", actor)
	all := make(map[attendance.ProfileID]invite.Admission, len(people))
	_, err := collect(ctx, s.read, func(r *sql.Rows, a *invite.Admission) error {
		var id attendance.ProfileID
		err := r.Scan(&id, &a.Membership, &a.Added)
		all[id] = *a
		return err
	}, `SELECT p.id, p.membership, p.added FROM profiles p`+w.sql, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return all, nil
}
