package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"muster/device"
)

// Restream begins a new stream and moves the rows of the current one into it, and
// those of older ones that wait again, in order, with new numbers and hashes; what
// they tell, and their ids, stay. It is for a tablet that was set back to an older
// copy of its data: the numbers it has used since were used before, for something
// else, and what was confirmed of them may have been meant for that. So all rows
// are told again; the cloud knows by its id what it has. What was pruned can't be, and
// stays noted.
func (s *Store) Restream(ctx context.Context) error {
	defer s.keepSpare(ctx)
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := untold(ctx, tx)
		if err != nil {
			return err
		}
		if err := mint(ctx, tx); err != nil {
			return err
		}
		var id []byte
		if err := tx.QueryRowContext(ctx, `SELECT id FROM streams ORDER BY no DESC LIMIT 1`).Scan(&id); err != nil {
			return err
		}
		insert := tx.StmtContext(ctx, s.append)
		var prev device.Hash
		left := map[uuid.UUID]moved{}
		for i, row := range rows {
			of, known := left[row.Stream]
			if of.last = row; !known {
				of.first = row
			}
			left[row.Stream] = of
			for _, table := range []string{"journal", "confirmed"} {
				if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE stream = (SELECT no FROM streams WHERE id = ?) AND seq = ?`,
					row.Stream[:], int64(row.Seq)); err != nil {
					return fmt.Errorf("row %d: %w", row.Seq, err)
				}
			}
			row.Stream, row.Seq, row.Prev = [16]byte(id), uint64(i+1), prev
			row.Hash = row.Sum()
			if err := appendOne(ctx, insert, row); err != nil {
				return fmt.Errorf("row %d: %w", row.Seq, err)
			}
			prev = row.Hash
		}
		return leave(ctx, tx, left)
	})
	if err == nil {
		_ = s.noteHead(ctx) // it is on the disk; the next row notes itself
		s.notary.committed()
	}
	return wrap("begin a new stream", err)
}

// untold returns the rows that a new stream has to tell.
func untold(ctx context.Context, tx *sql.Tx) ([]device.Row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream
		WHERE j.stream = (SELECT max(no) FROM streams) OR j.seq > s.through AND s.salvaged = 0 AND s.held = 0 ORDER BY j.stream, j.seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []device.Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
