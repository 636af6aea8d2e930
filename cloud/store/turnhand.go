package store

import (
	"context"
	"fmt"
	"strings"

	"muster/invite"
)

// mine is the condition of a message that still is a worker's to send.
const mine = `lease = ? AND leased_until > ? AND handing = 0 AND delivery = 'queued'`

// handAll notes which messages a worker is about to hand over, and returns those
// that still are the worker's to send. Where the database is a function call away
// they are noted one by one: SQLite takes half as long for that as for a statement
// that joins them.
func (t *tx) handAll(ctx context.Context, worker string, next []invite.Handing) (good []invite.MessageID, err error) {
	if t.bulk() {
		return t.handTogether(ctx, worker, next)
	}
	now := micros(t.now)
	for _, h := range next {
		r, err := t.ExecContext(ctx, `UPDATE messages SET handing = ?, channel = ?, address = ?, language = ?, token = ?, expires_at = ? WHERE id = ? AND `+mine,
			now, string(h.Channel), h.Address, h.Language, h.Token, micros(h.Expires), string(h.ID), worker, now)
		if err != nil {
			return nil, fmt.Errorf("a message about to be handed over: %w", err)
		}
		n, err := r.RowsAffected()
		if err != nil {
			return nil, err
		}
		if n == 1 {
			good = append(good, h.ID)
		}
	}
	return good, nil
}

// handTogether is handAll in one statement for many.
func (t *tx) handTogether(ctx context.Context, worker string, next []invite.Handing) (good []invite.MessageID, err error) {
	const one = `(CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BLOB), CAST(? AS BIGINT))`
	now := micros(t.now)
	for part := range portions(next, 32, 8) {
		args := make([]any, 0, 6*len(part)+3)
		for _, h := range part {
			args = append(args, string(h.ID), string(h.Channel), h.Address, h.Language, h.Token, micros(h.Expires))
		}
		noted, err := collect(ctx, t, scanOne[invite.MessageID], `WITH k (id, channel, address, language, token, expires) AS (VALUES `+one+strings.Repeat(", "+one, len(part)-1)+`)
			UPDATE messages SET handing = ?, channel = k.channel, address = k.address, language = k.language, token = k.token, expires_at = k.expires
			FROM k WHERE messages.id = k.id AND `+mine+` RETURNING messages.id`, append(args, now, worker, now)...)
		if err != nil {
			return nil, fmt.Errorf("messages about to be handed over: %w", err)
		}
		once := make(map[invite.MessageID]bool, len(noted))
		for _, id := range noted {
			once[id] = true
		}
		for _, h := range part {
			if once[h.ID] {
				good, once[h.ID] = append(good, h.ID), false
			}
		}
	}
	return good, nil
}
