package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"muster/device"
)

// Left is what an old stream of this tablet still has for the cloud, after the
// store was salvaged: rows as they were written, and damaged ones.
type Left struct {
	Stream uuid.UUID
	Head   uint64 // its newest row

	store *Store
}

const waitingOfOld = `s.no < (SELECT max(no) FROM streams) AND s.salvaged = 1 AND s.held = 0 AND s.done = 0`

// Left returns the old streams that have rows which the cloud has not confirmed.
func (s *Store) Left(ctx context.Context) ([]Left, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT s.id, max(coalesce((SELECT max(seq) FROM journal WHERE stream = s.no), 0), coalesce((SELECT max(seq) FROM damaged WHERE stream = s.id), 0))
		FROM streams s WHERE s.no < (SELECT max(no) FROM streams) AND s.held = 0 AND s.done = 0 AND (EXISTS (SELECT 1 FROM damaged d WHERE d.stream = s.id)
			OR s.salvaged = 1 AND EXISTS (SELECT 1 FROM journal j WHERE j.stream = s.no AND j.seq > s.through
				AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq)))
		ORDER BY s.no`)
	if err != nil {
		return nil, wrap("look for old rows", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []Left
	for rows.Next() {
		var id []byte
		var head int64
		if err := rows.Scan(&id, &head); err != nil {
			return nil, wrap("look for old rows", err)
		}
		l := Left{Head: uint64(head), store: s}
		copy(l.Stream[:], id)
		all = append(all, l)
	}
	return all, wrap("look for old rows", rows.Err())
}

// Unconfirmed is like Store.Unconfirmed, for this stream.
func (l Left) Unconfirmed(ctx context.Context, after, upTo uint64, limit int) ([]device.Row, error) {
	rows, err := l.store.read.QueryContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream
		WHERE s.id = ? AND j.seq > max(?, s.through) AND j.seq <= ?
		AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq)
		ORDER BY j.seq LIMIT ?`, l.Stream[:], int64(min(after, 1<<62)), int64(min(upTo, 1<<62)), limit)
	if err != nil {
		return nil, wrap("read old rows", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var out []device.Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, wrap("read old rows", err)
		}
		out = append(out, row)
	}
	return out, wrap("read old rows", rows.Err())
}

// Confirm is Store.Confirm.
func (l Left) Confirm(ctx context.Context, stream uuid.UUID, through uint64, sparse []uint64) error {
	return l.store.Confirm(ctx, stream, through, sparse)
}

// Hash is Store.Hash.
func (l Left) Hash(ctx context.Context, stream uuid.UUID, seq uint64) (device.Hash, bool, error) {
	return l.store.Hash(ctx, stream, seq)
}

// Retell has all rows of the stream told again: the next Restream takes them along.
// Damaged ones stay what they are.
func (l Left) Retell(ctx context.Context) error {
	return wrap("tell old rows again", l.store.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM confirmed WHERE stream = (SELECT no FROM streams WHERE id = ?)`, l.Stream[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE streams SET salvaged = 0, through = 0 WHERE id = ?`, l.Stream[:])
		return err
	}))
}

// Standing says nothing: as long as rows of it wait, a stream that was salvaged is
// not asked about.
func (l Left) Standing(context.Context) ([]device.Standing, error) { return nil, nil }

// Behind says nothing, for the same reason.
func (l Left) Behind(context.Context, uuid.UUID) (here, gone []device.Span, err error) {
	return nil, nil, nil
}

// Bygone says nothing, for the same reason.
func (l Left) Bygone(context.Context) ([]device.Standing, error) { return nil, nil }

// Rewind does nothing, for the same reason.
func (l Left) Rewind(context.Context, uuid.UUID, uint64) (bool, error) { return false, nil }

// Damaged returns the stream's damaged rows that the cloud has not confirmed, as
// they are sent.
func (l Left) Damaged(ctx context.Context, limit int) ([][]byte, error) {
	rows, err := l.store.read.QueryContext(ctx, `SELECT row FROM damaged WHERE stream = ? ORDER BY seq LIMIT ?`, l.Stream[:], limit)
	if err != nil {
		return nil, wrap("read damaged rows", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all [][]byte
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, wrap("read damaged rows", err)
		}
		all = append(all, body)
	}
	return all, wrap("read damaged rows", rows.Err())
}

// confirmOld takes note of what of an old stream has become whole with a
// confirmation: damaged rows that the cloud has, and that nothing waits any more.
func confirmOld(ctx context.Context, tx *sql.Tx, no int64, stream uuid.UUID, through uint64, sparse []uint64) error {
	var newest int64
	if err := tx.QueryRowContext(ctx, `SELECT max(no) FROM streams`).Scan(&newest); err != nil || newest == no {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM damaged WHERE stream = ? AND seq <= ?`, stream[:], int64(min(through, 1<<62))); err != nil {
		return err
	}
	for _, seq := range sparse {
		if _, err := tx.ExecContext(ctx, `DELETE FROM damaged WHERE stream = ? AND seq = ?`, stream[:], int64(min(seq, 1<<62))); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE streams AS s SET done = 1 WHERE no = ? AND NOT EXISTS (SELECT 1 FROM damaged d WHERE d.stream = s.id)
		AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.stream = s.no AND j.seq > s.through
			AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq))`, no)
	if err != nil {
		return fmt.Errorf("end an old stream: %w", err)
	}
	return nil
}

// Held counts rows that must not be sent, because nobody knows any more who
// wrote them or it was somebody else. They can be exported.
func (s *Store) Held(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM journal j JOIN streams s ON s.no = j.stream WHERE s.held = 1)
		+ (SELECT count(*) FROM damaged WHERE held = 1)`).Scan(&n)
	return n, wrap("count rows that are held", err)
}
