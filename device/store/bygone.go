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

// Bygone tells what was settled, and pruned, of streams that were left and of which
// nothing is here any more, oldest first: a cloud that is set back to before that has
// lost it, and nobody else knows that it was there.
func (s *Store) Bygone(ctx context.Context) ([]device.Standing, error) {
	left, err := readBygone(ctx, s.read)
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

func readBygone(ctx context.Context, db *sql.DB) (all []bygone, err error) {
	rows, err := db.QueryContext(ctx, `SELECT s.id, b.through, b.hash FROM bygone b JOIN streams s ON s.no = b.stream WHERE s.held = 0 ORDER BY s.no`)
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
	v.Bygone, err = readBygone(ctx, db)
	return err
}

// leave notes what was settled of the streams of which all rows that were here have just
// been moved; first is the first one of each. What came before it was pruned, unless it
// was not confirmed: then it is missing here for another reason.
func leave(ctx context.Context, tx *sql.Tx, first map[uuid.UUID]device.Row) error {
	for stream, row := range first {
		var through uint64
		var empty bool
		pruned := row.Seq - 1
		err := tx.QueryRowContext(ctx, `SELECT through, NOT EXISTS (SELECT 1 FROM journal WHERE stream = no) FROM streams WHERE id = ?`, stream[:]).Scan(&through, &empty)
		if err != nil {
			return err
		}
		if !empty || pruned == 0 || through < pruned {
			continue
		}
		if err := putBygone(ctx, tx, bygone{stream, pruned, row.Prev[:]}); err != nil {
			return err
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
