package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Messages returns the latest messages to a person within the actor's reach, the
// newest first.
func (s *Store) Messages(ctx context.Context, actor access.Actor, id attendance.ProfileID, limit int) ([]invite.Record, error) {
	if _, err := s.Member(ctx, actor, id); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 500)
	if err != nil {
		return nil, err
	}
	now := s.now()
	sent, err := collect(ctx, s.read, func(r *sql.Rows, m *invite.Record) error {
		var ended, created, at, delivered, opened, expires int64
		err := r.Scan(&m.Batch, &m.Event, &m.Channel, &m.Address, &m.Language, &m.Delivery, &m.Reason, &m.Detail, &m.Attempts, &m.Provider,
			&ended, &created, &at, &delivered, &opened, &expires)
		m.Ended, m.Created, m.At, m.Delivered = ended != 0, fromMicros(created), fromMicros(at), fromMicros(delivered)
		m.Opened, m.Expires = fromMicros(opened), fromMicros(expires)
		if over := !m.Expires.IsZero() && !now.Before(m.Expires); over && !m.Ended {
			switch m.Delivery {
			case invite.Sent, invite.Delivered, invite.Opened:
				m.Delivery = invite.Expired
			}
		}
		return err
	}, `SELECT batch, event, channel, address, language, delivery, reason, detail, attempts, provider,
			ended_at, created_at, sent_at, delivered_at, opened_at, expires_at
		FROM messages WHERE org = ? AND profile = ? ORDER BY created_at DESC, id DESC LIMIT ?`, actor.Org, id, limit)
	if err != nil {
		return nil, fmt.Errorf("messages to a person: %w", err)
	}
	return sent, nil
}
