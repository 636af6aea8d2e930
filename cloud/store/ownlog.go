package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// OwnPunches returns a page of a person's punches, newest first, and the cursor
// for the page after; empty on the last. Of query, From, To, Before and Limit
// count.
func (s *Store) OwnPunches(ctx context.Context, self invite.Self, query attendance.LogQuery) ([]attendance.Entry, string, error) {
	limit, err := pageSize(query.Limit, 1000)
	if err != nil {
		return nil, "", err
	}
	// Somebody without any role: the organisation holds, and no photo is seen.
	nobody := access.Actor{Org: self.Org}
	w := inOrg("l.org", nobody).and("l.profile = ?", self.Profile)
	if !query.From.IsZero() {
		w.and("l.at >= ?", micros(query.From))
	}
	if !query.To.IsZero() {
		w.and("l.at < ?", micros(query.To))
	}
	if query.Before != "" {
		c, err := parseCursor("before", query.Before)
		if err != nil {
			return nil, "", err
		}
		w.and("(l.at, l.id) < (?, ?)", c.At, c.ID)
	}
	entries, err := findEntries(ctx, s.read, nobody, w, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("own punches: %w", err)
	}
	entries, next := page(entries, limit, func(e attendance.Entry) cursor {
		return cursor{At: micros(e.Punch.At), ID: string(e.Punch.ID)}
	})
	return entries, next, nil
}

// ownMessages is how many messages a person sees of those they got.
const ownMessages = 50

// OwnMessages returns the latest messages to a person, newest first.
func (s *Store) OwnMessages(ctx context.Context, self invite.Self) ([]invite.Received, error) {
	now := s.now()
	sent, err := collect(ctx, s.read, func(r *sql.Rows, m *invite.Received) error {
		var ended, at, expires int64
		if err := r.Scan(&m.Event, &m.Channel, &m.Address, &m.Delivery, &ended, &at, &expires); err != nil {
			return err
		}
		m.Ended, m.At, m.Expires = ended != 0, fromMicros(at), fromMicros(expires)
		if !m.Ended && !m.Expires.IsZero() && !now.Before(m.Expires) {
			switch m.Delivery {
			case invite.Sent, invite.Delivered, invite.Opened:
				m.Delivery = invite.Expired
			}
		}
		return nil
	}, `SELECT event, channel, address, delivery, ended_at, CASE WHEN sent_at != 0 THEN sent_at ELSE created_at END, expires_at
		FROM messages WHERE org = ? AND profile = ? ORDER BY created_at DESC, id DESC LIMIT ?`, self.Org, self.Profile, ownMessages)
	if err != nil {
		return nil, fmt.Errorf("own messages: %w", err)
	}
	return sent, nil
}
