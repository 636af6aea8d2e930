package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"muster/device"
)

// mostBygone is how many streams that were left are remembered, the newest: a tablet
// leaves one with something pruned in it once for each copy of its data that runs.
const mostBygone = 16

// bygone is a stream that was left and of which nothing is here any more. All that came
// behind through was told again in another one.
type bygone struct {
	Stream  uuid.UUID
	Through uint64 // the cloud had every row up to here
	Hash    []byte // of that row
}

// nothingHere is so of streams of which no row is here. An older database that came back,
// or what was found in a damaged one, has rows of some that were left since: these are told
// again, and so not lost.
const nothingHere = ` AND NOT EXISTS (SELECT 1 FROM journal WHERE stream = s.no)`

// Bygone tells what was settled, and pruned, of streams that were left and of which
// nothing is here any more, oldest first: a cloud that is set back to before that has
// lost it, and nobody else knows that it was there.
func (s *Store) Bygone(ctx context.Context) ([]device.Standing, error) {
	left, err := readBygone(ctx, s.read, nothingHere)
	if err != nil {
		return nil, wrap("what was settled of streams that were left", err)
	}
	all := make([]device.Standing, len(left))
	for i, b := range left {
		all[i] = device.Standing{Stream: b.Stream, Through: b.Through, Oldest: b.Through + 1, Last: b.Through}
		copy(all[i].Before[:], b.Hash)
	}
	return all, nil
}

func readBygone(ctx context.Context, db *sql.DB, where string) (all []bygone, err error) {
	rows, err := db.QueryContext(ctx, `SELECT s.id, b.through, b.hash FROM bygone b JOIN streams s ON s.no = b.stream WHERE s.held = 0`+where+` ORDER BY s.no`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var id []byte
		var b bygone
		if err := rows.Scan(&id, &b.Through, &b.Hash); err != nil {
			return nil, err
		}
		if b.Stream, err = uuid.FromBytes(id); err != nil {
			return nil, fmt.Errorf("%w: %w", device.ErrStorageDamaged, err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// readBygone adds them to the second copy. A database that was not opened since they
// are noted has none.
func (v *spare) readBygone(ctx context.Context, db *sql.DB) error {
	var there int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'bygone'`).Scan(&there)
	if err != nil || there == 0 {
		return err
	}
	v.Bygone, err = readBygone(ctx, db, "")
	return err
}

// besides returns what was pruned of a stream that was left and has rows here all the same,
// once these are told: what is neither here nor before the first gap.
func besides(ctx context.Context, db *sql.DB, stream uuid.UUID) (gone []device.Span, err error) {
	rows, err := db.QueryContext(ctx, `
		WITH of AS (SELECT s.no, s.through, b.through AS last FROM bygone b JOIN streams s ON s.no = b.stream
			WHERE s.id = ? AND s.held = 0 AND s.done = 1 AND s.through < b.through AND EXISTS (SELECT 1 FROM journal WHERE stream = s.no)),
		here AS (SELECT through AS seq FROM of UNION SELECT last + 1 FROM of UNION
			SELECT j.seq FROM of JOIN journal j ON j.stream = of.no AND j.seq > of.through AND j.seq <= of.last)
		SELECT before + 1, seq - 1 FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM here) WHERE seq > before + 1 ORDER BY seq`, stream[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var span device.Span
		if err := rows.Scan(&span.From, &span.To); err != nil {
			return nil, err
		}
		gone = append(gone, span)
	}
	return gone, rows.Err()
}

// moved are the first and the last row of a stream that were moved to another one.
type moved struct{ first, last device.Row }

// leave notes what was settled of the streams of which all rows that were here have just
// been moved. What came before the first was pruned, unless it was not confirmed: then it
// is missing here for another reason.
func leave(ctx context.Context, tx *sql.Tx, all map[uuid.UUID]moved) error {
	for stream, rows := range all {
		var through, before uint64
		var empty bool
		pruned := rows.first.Seq - 1
		err := tx.QueryRowContext(ctx, `SELECT through, coalesce((SELECT through FROM bygone WHERE stream = no), 0), NOT EXISTS (SELECT 1 FROM journal WHERE stream = no)
			FROM streams WHERE id = ?`, stream[:]).Scan(&through, &before, &empty)
		if err != nil {
			return err
		}
		if before > rows.last.Seq {
			continue // it was left before, with more, of which an older database didn't know
		}
		settled := empty && pruned > 0 && max(through, before) >= pruned
		if settled || before >= rows.first.Seq {
			if _, err := tx.ExecContext(ctx, `DELETE FROM bygone WHERE stream = (SELECT no FROM streams WHERE id = ?)`, stream[:]); err != nil {
				return err
			}
		}
		if settled {
			if err := putBygone(ctx, tx, bygone{stream, pruned, rows.first.Prev[:]}); err != nil {
				return err
			}
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM bygone WHERE stream NOT IN (SELECT stream FROM bygone ORDER BY stream DESC LIMIT ?)`, mostBygone)
	return err
}

func putBygone(ctx context.Context, tx *sql.Tx, b bygone) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO bygone (stream, through, hash) SELECT no, ?, ? FROM streams WHERE id = ? ON CONFLICT DO NOTHING`,
		int64(b.Through), b.Hash, b.Stream[:])
	return err
}

// fillBygone gives a store that was salvaged what the second copy tells of them.
func (f *finds) fillBygone(ctx context.Context, tx *sql.Tx) error {
	for _, b := range f.state.Bygone {
		_, err := tx.ExecContext(ctx, `INSERT INTO streams (id, salvaged, done) VALUES (?, 1, 1) ON CONFLICT DO NOTHING`, b.Stream[:])
		if err != nil {
			return err
		}
		if err := putBygone(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}
