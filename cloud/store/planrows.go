package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// PlanResults tells for each person what an order would do now, without doing it,
// a page at a time. after is the last person of the page before.
func (s *Store) PlanResults(ctx context.Context, actor access.Actor, o invite.Order, after attendance.ProfileID, limit int) ([]invite.Result, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 1000)
	if err != nil {
		return nil, err
	}
	var results []invite.Result
	err = s.view(ctx, func(q querier) error {
		policy, err := s.policy(ctx, q, actor.Org)
		if err != nil {
			return err
		}
		w, err := selected(actor, o.To)
		if err != nil {
			return err
		}
		now := s.now()
		verdict, args, err := judge(o, policy, now)
		if err != nil {
			return err
		}
		w.and("p.id > ?", after)
		results, err = collect(ctx, q, func(r *sql.Rows, v *invite.Result) error {
			var p attendance.Profile
			var why string
			var messaged int64
			if err := r.Scan(&v.Person, &p.FirstName, &p.LastName, &v.Number, &why, &messaged); err != nil {
				return err
			}
			v.Name = p.Name()
			switch c := invite.Channel(why); c {
			case invite.Email, invite.SMS:
				v.Channel = c
			default:
				v.Obstacle = invite.Obstacle(why)
			}
			if v.Obstacle == invite.ChasedAlready {
				v.Again = invite.Chases{Last: fromMicros(messaged)}.Again(now)
			}
			return nil
		}, `SELECT p.id, p.first_name, p.last_name, p.number, `+verdict+` AS why, p.messaged_at FROM profiles p`+block+w.sql+` ORDER BY p.id LIMIT ?`,
			append(append(args, w.args...), limit)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("plan an order by person: %w", err)
	}
	return results, nil
}
