package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Batch returns an order with how far it is. Somebody confined to sites sees
// only orders of their own.
func (s *Store) Batch(ctx context.Context, actor access.Actor, id invite.BatchID) (invite.Batch, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return invite.Batch{}, err
	}
	var b invite.Batch
	err := s.view(ctx, func(q querier) error {
		w := ownBatch(actor).and("id = ?", id)
		found, err := findBatches(ctx, q, w, 1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return access.ErrNotFound
		}
		b = found[0]
		return progress(ctx, q, actor, &b)
	})
	return b, err
}

// Batches returns the newest orders, without their progress.
func (s *Store) Batches(ctx context.Context, actor access.Actor, limit int) ([]invite.Batch, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 500)
	if err != nil {
		return nil, err
	}
	return findBatches(ctx, s.read, ownBatch(actor), limit)
}

func ownBatch(actor access.Actor) *where {
	w := inOrg("org", actor)
	if !actor.Everywhere() {
		w.and("user_id = ?", actor.User)
	}
	return w
}

func findBatches(ctx context.Context, q querier, w *where, limit int) ([]invite.Batch, error) {
	found, err := collect(ctx, q, func(r *sql.Rows, b *invite.Batch) error {
		var at, first int64
		err := r.Scan(&b.ID, &b.Event, &b.By, &b.Name, &at, &first, &b.Queued, &b.Undone)
		b.At, b.NotBefore = fromMicros(at), fromMicros(max(at, first))
		return err
	}, `SELECT id, event, user_id, COALESCE((SELECT u.name FROM users u WHERE u.id = batches.user_id AND u.org = batches.org), ''), at, not_before, queued, undone FROM batches`+w.sql+` ORDER BY at DESC, id DESC LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	return found, nil
}

func progress(ctx context.Context, q querier, actor access.Actor, b *invite.Batch) error {
	b.Refused, b.Now = map[invite.Obstacle]int{}, map[invite.Delivery]int{}
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var refused bool
		var what string
		var n int
		if err := r.Scan(&refused, &what, &n); err != nil {
			return err
		}
		if refused {
			b.Refused[invite.Obstacle(what)] = n
		} else {
			b.Now[invite.Delivery(what)] = n
		}
		return nil
	}, `SELECT TRUE, reason, count(*) FROM batch_refusals WHERE batch = ? GROUP BY reason
		UNION ALL SELECT FALSE, delivery, count(*) FROM profiles WHERE org = ? AND batch = ? AND batch != '' GROUP BY delivery`, b.ID, actor.Org, b.ID)
	if err != nil {
		return fmt.Errorf("count an order: %w", err)
	}
	return nil
}

// BatchResults returns what became of an order for each person, those for whom
// nothing was sent first, a page at a time. after is the last person of the page
// before.
func (s *Store) BatchResults(ctx context.Context, actor access.Actor, id invite.BatchID, after attendance.ProfileID, limit int) ([]invite.Result, error) {
	if _, err := s.Batch(ctx, actor, id); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 1000)
	if err != nil {
		return nil, err
	}
	now := s.now()
	results, err := collect(ctx, s.read, func(r *sql.Rows, v *invite.Result) error {
		var first, last string
		var messaged int64
		if err := r.Scan(&v.Person, &first, &last, &v.Number, &v.Obstacle, &v.Channel, &v.State, &v.Reason, &messaged); err != nil {
			return err
		}
		v.Name = attendance.Profile{FirstName: first, LastName: last}.Name()
		if v.Obstacle == invite.ChasedAlready {
			v.Again = invite.Chases{Last: fromMicros(messaged)}.Again(now)
		}
		return nil
	}, `SELECT p.id, p.first_name, p.last_name, p.number, v.refused, v.channel, v.delivery, v.reason, p.messaged_at FROM (
			SELECT profile, reason AS refused, '' AS channel, '' AS delivery, '' AS reason FROM batch_refusals WHERE batch = ?1
			UNION ALL SELECT id, '', channel, delivery, reason FROM profiles WHERE org = ?2 AND batch = ?1 AND batch != ''
		) AS v JOIN profiles p ON p.id = v.profile AND p.org = ?2 WHERE p.id > ?3 ORDER BY p.id LIMIT ?4`,
		id, actor.Org, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read what became of an order: %w", err)
	}
	return results, nil
}
