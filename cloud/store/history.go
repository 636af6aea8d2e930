package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// mostMessages is how many messages of a person a history shows.
const mostMessages = 100

// MessagesOf returns the latest messages to a person, the newest first.
func (s *Store) MessagesOf(ctx context.Context, actor access.Actor, id attendance.ProfileID) ([]invite.Past, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	var all []invite.Past
	err := s.view(ctx, func(q querier) error {
		if _, err := findInvitation(ctx, q, actor, id); err != nil {
			return err
		}
		var err error
		all, err = collect(ctx, q, scanPast, `SELECT id, batch, event, channel, address, language, delivery, reason, detail, attempts,
			created_at, sent_at, delivered_at, opened_at, ended_at, expires_at
			FROM messages WHERE org = ? AND profile = ? ORDER BY created_at DESC, id DESC LIMIT ?`, actor.Org, id, mostMessages)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("messages of a person: %w", err)
	}
	return all, nil
}

func scanPast(r *sql.Rows, m *invite.Past) error {
	var at [6]int64
	err := r.Scan(&m.ID, &m.Batch, &m.Event, &m.Channel, &m.Address, &m.Language, &m.Delivery, &m.Reason, &m.Detail, &m.Attempts,
		&at[0], &at[1], &at[2], &at[3], &at[4], &at[5])
	m.Created, m.Sent, m.Delivered = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2])
	m.Opened, m.Ended, m.Expires = fromMicros(at[3]), fromMicros(at[4]), fromMicros(at[5])
	return err
}

// LookUp finds people by what another system calls them and by their addresses.
// Who is out of reach isn't found. An address may be that of several.
func (s *Store) LookUp(ctx context.Context, actor access.Actor, externalIDs, emails []string) ([]invite.Match, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	lower := make([]string, len(emails))
	for i, e := range emails {
		lower[i] = strings.ToLower(strings.TrimSpace(e))
	}
	var all []invite.Match
	err := s.view(ctx, func(q querier) error {
		for _, part := range []struct {
			column string
			values []string
		}{{"p.external_id", externalIDs}, {"p.email", lower}} {
			if len(part.values) == 0 {
				continue
			}
			w := inOrg("p.org", actor).and("p.removed_at = 0").and(part.column+" != ''").
				and(part.column+" IN (SELECT value FROM json_each(?))", list(part.values)).reachable("p.id", actor)
			found, err := collect(ctx, q, func(r *sql.Rows, m *invite.Match) error { return r.Scan(&m.ExternalID, &m.Email, &m.Person) },
				`SELECT p.external_id, p.email, p.id FROM profiles p`+w.sql+` ORDER BY p.id`, w.args...)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look people up: %w", err)
	}
	return all, nil
}

// BlockPage returns blocked addresses as Blocks does, a page at a time, and the
// cursor for the page after; empty on the last.
func (s *Store) BlockPage(ctx context.Context, actor access.Actor, after string, limit int) ([]invite.Blockage, string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, "", err
	}
	limit, err := pageSize(limit, 1000)
	if err != nil {
		return nil, "", err
	}
	w := blocksWithin(actor)
	if after != "" {
		c, err := parseCursor("after", after)
		if err != nil {
			return nil, "", err
		}
		w.and("(b.since, b.address) < (?, ?)", c.At, c.ID)
	}
	found, err := collect(ctx, s.read, scanBlockage, `SELECT b.address, b.reason, b.detail, b.since FROM blocks b`+w.sql+` ORDER BY b.since DESC, b.address DESC LIMIT ?`,
		append(w.args, limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("read blocks: %w", err)
	}
	found, next := page(found, limit, func(b invite.Blockage) cursor { return cursor{At: micros(b.Since), ID: b.Address} })
	return found, next, nil
}

// BatchPage returns orders as Batches does, a page at a time.
func (s *Store) BatchPage(ctx context.Context, actor access.Actor, before string, limit int) ([]invite.Batch, string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, "", err
	}
	limit, err := pageSize(limit, 500)
	if err != nil {
		return nil, "", err
	}
	w := ownBatch(actor)
	if before != "" {
		c, err := parseCursor("before", before)
		if err != nil {
			return nil, "", err
		}
		w.and("(at, id) < (?, ?)", c.At, c.ID)
	}
	found, err := findBatches(ctx, s.read, w, limit+1)
	if err != nil {
		return nil, "", err
	}
	found, next := page(found, limit, func(b invite.Batch) cursor { return cursor{At: micros(b.At), ID: string(b.ID)} })
	return found, next, nil
}
