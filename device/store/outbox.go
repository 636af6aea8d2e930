package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/internal/failpoint"
)

const selectRows = `SELECT ` + rowColumns + ` FROM journal j JOIN streams s ON s.no = j.stream
	WHERE j.stream = (SELECT max(no) FROM streams) AND j.seq > max(?1, s.through) AND j.seq <= ?2
	AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq)
	ORDER BY j.seq LIMIT ?3`

// Unconfirmed returns rows of the current stream that the cloud has not
// confirmed, in order: those after one number and not after another, limit at
// most.
func (s *Store) Unconfirmed(ctx context.Context, after, upTo uint64, limit int) ([]device.Row, error) {
	rows, err := s.rows.QueryContext(ctx, int64(after), int64(min(upTo, 1<<62)), limit)
	if err != nil {
		return nil, wrap("read the outbox", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var out []device.Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, wrap("read the outbox", err)
		}
		out = append(out, row)
	}
	return out, wrap("read the outbox", rows.Err())
}

// Confirm records which rows of a stream the cloud has: all up to through, and
// those in sparse. It never goes back, and takes no number that the stream
// doesn't have yet.
func (s *Store) Confirm(ctx context.Context, stream uuid.UUID, through uint64, sparse []uint64) error {
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var no, before, head int64
		err := tx.QueryRowContext(ctx, `SELECT s.no, s.through, coalesce((SELECT max(seq) FROM journal WHERE stream = s.no), s.through)
			FROM streams s WHERE s.id = ?`, stream[:]).Scan(&no, &before, &head)
		if err != nil {
			return fmt.Errorf("stream %s: %w", stream, err)
		}
		to := max(before, int64(min(through, uint64(head))))
		for _, seq := range sparse {
			if int64(seq) <= to || seq > uint64(head) {
				continue
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO confirmed (stream, seq) VALUES (?, ?) ON CONFLICT DO NOTHING`, no, int64(seq)); err != nil {
				return err
			}
		}
		for {
			var joined int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM confirmed WHERE stream = ? AND seq = ?`, no, to+1).Scan(&joined); err != nil {
				return err
			}
			if joined == 0 {
				break
			}
			to++
		}
		if to == before {
			return confirmOld(ctx, tx, no, stream, through, sparse)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE streams SET through = ? WHERE no = ?`, to, no); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM confirmed WHERE stream = ? AND seq <= ?`, no, to)
		failpoint.Pass(failpoint.Confirming)
		if err != nil {
			return err
		}
		return confirmOld(ctx, tx, no, stream, through, sparse)
	})
	return wrap("confirm rows", err)
}

// Standing tells how the tablet stands with the cloud, for each stream of which
// it still has rows or has pruned some behind a gap, oldest first; the current one is always among them. A stream
// that was salvaged is when all of it has been told.
func (s *Store) Standing(ctx context.Context) ([]device.Standing, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT s.id, s.through, coalesce((SELECT min(seq) FROM journal WHERE stream = s.no), s.through + 1),
		CASE WHEN s.done = 1 THEN s.through ELSE coalesce((SELECT max(seq) FROM journal WHERE stream = s.no), s.through) END,
		(SELECT prev FROM journal WHERE stream = s.no ORDER BY seq LIMIT 1) FROM streams s
		WHERE s.no = (SELECT max(no) FROM streams) OR (s.salvaged = 0 OR s.done = 1) AND s.held = 0
			AND (EXISTS (SELECT 1 FROM journal WHERE stream = s.no) OR EXISTS (SELECT 1 FROM confirmed WHERE stream = s.no)) ORDER BY s.no`)
	if err != nil {
		return nil, wrap("standing of the streams", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []device.Standing
	for rows.Next() {
		var id, before []byte
		var through, oldest, last int64
		if err := rows.Scan(&id, &through, &oldest, &last, &before); err != nil {
			return nil, wrap("standing of the streams", err)
		}
		stream, err := uuid.FromBytes(id)
		if err != nil {
			return nil, fmt.Errorf("standing of the streams: %w: %w", device.ErrStorageDamaged, err)
		}
		standing := device.Standing{Stream: stream, Through: uint64(through), Oldest: uint64(oldest), Last: uint64(last)}
		copy(standing.Before[:], before)
		all = append(all, standing)
	}
	return all, wrap("standing of the streams", rows.Err())
}

// Rewind takes back what was recorded of a stream as confirmed beyond through,
// because the cloud has lost it: what the tablet still has waits again. moved
// tells whether there was anything to take back. Of a stream that is over, one
// that was salvaged too, it goes out in a new one.
func (s *Store) Rewind(ctx context.Context, stream uuid.UUID, through uint64) (moved bool, err error) {
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// What is pruned can't be sent again: it stays below through.
		res, err := tx.ExecContext(ctx, `UPDATE streams AS s SET salvaged = 0, done = 0, through = max(?2, coalesce((SELECT min(seq) FROM journal WHERE stream = s.no), s.through + 1) - 1)
			WHERE id = ?1 AND (through > max(?2, coalesce((SELECT min(seq) FROM journal WHERE stream = s.no), s.through + 1) - 1)
				OR done = 1 AND EXISTS (SELECT 1 FROM confirmed c JOIN journal j ON j.stream = c.stream AND j.seq = c.seq WHERE c.stream = s.no AND c.seq > s.through))`, stream[:], int64(min(through, 1<<62)))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if moved = n > 0; !moved || err != nil {
			return err
		}
		// What was pruned behind a gap stays noted: it can be missed once more.
		_, err = tx.ExecContext(ctx, `DELETE FROM confirmed WHERE stream = (SELECT no FROM streams WHERE id = ?)
			AND EXISTS (SELECT 1 FROM journal j WHERE j.stream = confirmed.stream AND j.seq = confirmed.seq)`, stream[:])
		return err
	})
	return moved && err == nil, wrap("take confirmations back", err)
}

// Waiting counts the rows that the cloud has not confirmed and tells since when,
// by the tablet's clock, the oldest has been there, in microseconds since 1970.
func (s *Store) Waiting(ctx context.Context) (n int, oldest int64, err error) {
	err = s.read.QueryRowContext(ctx, `
		WITH current AS (SELECT no, through FROM streams ORDER BY no DESC LIMIT 1)
		SELECT coalesce((SELECT max(seq) FROM journal WHERE stream = no), through) - through
		         - (SELECT count(*) FROM confirmed WHERE stream = no)
		         + (SELECT count(*) FROM streams s JOIN journal j ON j.stream = s.no WHERE `+waitingOfOld+` AND j.seq > s.through
		              AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq))
		         + (SELECT count(*) FROM damaged WHERE held = 0),
		       coalesce((SELECT device_us FROM journal WHERE stream = no AND seq > through ORDER BY seq LIMIT 1), 0)
		FROM current`).Scan(&n, &oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return n, oldest, wrap("count what waits", err)
}

// Prune forgets rows that the cloud has and that are from before a moment, by the
// cloud's clock. It takes them from the old end only, so that the chain can still
// be checked, and leaves the newest row, which the next one follows. A row whose
// clock was not to be believed is as old as the next one whose was.
func (s *Store) Prune(ctx context.Context, before int64) (int64, error) {
	var gone int64
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// The first row that must stay ends what may go.
		res, err := tx.ExecContext(ctx, `
			WITH last AS (SELECT s.no, s.through, (SELECT max(seq) FROM journal WHERE stream = s.no) AS head FROM streams s),
			keep AS (SELECT last.no, min(coalesce((SELECT min(j.seq) FROM journal j WHERE j.stream = last.no
			           AND (j.trust = ?2 AND j.device_us + j.offset_us >= ?1 OR j.seq > last.through OR j.seq = last.head)), 0),
			         coalesce((SELECT max(j.seq) FROM journal j WHERE j.stream = last.no AND j.trust = ?2 AND j.device_us + j.offset_us < ?1), 0) + 1) AS seq FROM last)
			DELETE FROM journal WHERE EXISTS (SELECT 1 FROM keep WHERE keep.no = journal.stream AND journal.seq < keep.seq)`, before, attendance.TrustEstimated)
		if err != nil {
			return err
		}
		gone, err = res.RowsAffected()
		if err != nil {
			return err
		}
		// An old stream may have a gap that nothing closes any more.
		_, err = tx.ExecContext(ctx, `DELETE FROM journal WHERE trust = ? AND device_us + offset_us < ? AND EXISTS (SELECT 1 FROM streams s WHERE s.no = journal.stream AND s.done = 1
			AND s.no < (SELECT max(no) FROM streams)) AND EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = journal.stream AND c.seq = journal.seq)`, attendance.TrustEstimated, before)
		failpoint.Pass(failpoint.Pruning)
		return err
	})
	if err != nil {
		return 0, wrap("prune the journal", err)
	}
	failpoint.Pass(failpoint.Pruned)
	s.recent.forget(before)
	s.answers.forget(before)
	return gone, nil
}
