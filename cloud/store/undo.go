package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/device"
	"muster/invite"
)

// UndoBatch takes back the messages of an order that wait to be sent, and returns
// how many it were. Who was invited by it isn't any more; who was reminded stands as
// before, and may be reminded again when that was possible before.
func (s *Store) UndoBatch(ctx context.Context, actor access.Actor, id invite.BatchID) (int, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return 0, err
	}
	if _, err := s.Batch(ctx, actor, id); err != nil {
		return 0, err
	}
	var n int64
	err := s.change(ctx, func(t *tx) error {
		// What a worker has taken on is the worker's to hand over only as long as it
		// waits; what it has begun to hand over may be on its way already.
		if _, err := t.ExecContext(ctx, `UPDATE messages SET delivery = 'revoked', ended_at = ? WHERE org = ? AND batch = ? AND delivery = 'queued' AND handing = 0
			AND id IN (SELECT message FROM profiles p WHERE p.org = ? AND p.batch = ? AND (`+invitedBy+` OR `+chasedBy+`))`,
			micros(t.now), actor.Org, id, actor.Org, id); err != nil {
			return err
		}
		r, err := t.ExecContext(ctx, `UPDATE profiles AS p SET account = 'inactive', delivery = 'revoked', status = 'not-invited', due_at = 0, messaged_at = 0
			WHERE p.org = ? AND p.batch = ? AND `+invitedBy+notBegun, actor.Org, id, actor.Org, id)
		if err != nil {
			return err
		}
		if n, err = r.RowsAffected(); err != nil {
			return err
		}
		chases, err := t.undoChases(ctx, actor, id)
		if err != nil {
			return err
		}
		n += chases
		if _, err := t.ExecContext(ctx, `UPDATE batches SET undone = undone + ? WHERE id = ? AND org = ?`, n, id, actor.Org); err != nil {
			return err
		}
		t.tell(actor.Org, device.News{Topic: "batch", ID: string(id)})
		return t.audit(ctx, actor, "undo-batch", string(id))
	})
	if err != nil {
		return 0, fmt.Errorf("undo an order: %w", err)
	}
	return int(n), nil
}

// Whom of an order's people p a message waits for that can be taken back.
const (
	invitedBy = `p.delivery = 'queued' AND p.account = 'invited' AND p.chased_at != p.asked_at`
	chasedBy  = `p.delivery = 'queued' AND p.account IN ('invited', 'claiming') AND p.chased_at = p.asked_at AND p.was_delivery != ''`
	notBegun  = ` AND (p.message = '' OR p.message IN (SELECT id FROM messages WHERE org = ? AND batch = ? AND delivery = 'revoked'))`
)

// undoChases puts people back to where they stood before the reminder of an order.
func (t *tx) undoChases(ctx context.Context, actor access.Actor, id invite.BatchID) (int64, error) {
	stood, err := collect(ctx, t, func(r *sql.Rows, s *invite.State) error { return r.Scan(&s.Account, &s.Delivery, &s.Membership) },
		`SELECT DISTINCT p.account, p.was_delivery, p.membership FROM profiles p WHERE p.org = ? AND p.batch = ? AND `+chasedBy, actor.Org, id)
	if err != nil {
		return 0, fmt.Errorf("who was reminded: %w", err)
	}
	var n int64
	for _, s := range stood {
		r, err := t.ExecContext(ctx, `UPDATE profiles AS p SET delivery = was_delivery, status = ?, reason = was_reason, detail = was_detail, batch = was_batch, message = was_message,
				asked_at = was_asked_at, chased_at = was_chased_at, messaged_at = was_messaged_at, due_at = 0, was_delivery = ''
			WHERE p.org = ? AND p.batch = ? AND p.account = ? AND p.was_delivery = ? AND p.membership = ? AND `+chasedBy+notBegun,
			s.Status(), actor.Org, id, s.Account, s.Delivery, s.Membership, actor.Org, id)
		if err != nil {
			return 0, fmt.Errorf("take reminders back: %w", err)
		}
		some, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// happensBefore takes somebody who waits for a reminder through what becomes known
// of the message before it: that is where they stand when the reminder is taken back.
func (t *tx) happensBefore(ctx context.Context, m sentMessage, now invite.State, e invite.Event, why invite.Reason, detail string) error {
	if now.Delivery != invite.Queued {
		return nil
	}
	var was invite.Delivery
	err := known(t.QueryRowContext(ctx, `SELECT was_delivery FROM profiles WHERE id = ? AND org = ? AND was_message = ? AND was_message != '' AND was_delivery != ''`, m.person, m.org, m.id).Scan(&was))
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("how %s stood: %w", m.person, err)
	}
	next, err := invite.Next(invite.State{Account: now.Account, Delivery: was, Membership: now.Membership}, e)
	if err != nil || next.Account != now.Account {
		return nil //nolint:nilerr // it came too late to mean anything
	}
	_, err = t.ExecContext(ctx, `UPDATE profiles SET was_delivery = ?, was_reason = ?, was_detail = ?, was_messaged_at = CASE WHEN ? THEN was_messaged_at ELSE 0 END WHERE id = ? AND org = ?`,
		next.Delivery, why, detail, next.Delivery.Counts(), m.person, m.org)
	return err
}
