package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/device"
)

// Restream begins a new stream and moves the rows that the cloud has not
// confirmed into it, in order, with new numbers and hashes; what they tell, and
// their ids, stay. It is for a tablet that was set back to an older copy of its
// data: the numbers it would use next were used before, for something else.
func (s *Store) Restream(ctx context.Context) error {
	defer s.keepSpare(ctx)
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		moved, err := unconfirmed(ctx, tx)
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
		for i, row := range moved {
			if _, err := tx.ExecContext(ctx, `DELETE FROM journal WHERE stream = (SELECT no FROM streams WHERE id = ?) AND seq = ?`,
				row.Stream[:], int64(row.Seq)); err != nil {
				return fmt.Errorf("row %d: %w", row.Seq, err)
			}
			row.Stream, row.Seq, row.Prev = [16]byte(id), uint64(i+1), prev
			row.Hash = row.Sum()
			if err := appendOne(ctx, insert, row); err != nil {
				return fmt.Errorf("row %d: %w", row.Seq, err)
			}
			prev = row.Hash
		}
		return nil
	})
	return wrap("begin a new stream", err)
}

func unconfirmed(ctx context.Context, tx *sql.Tx) ([]device.Row, error) {
	rows, err := tx.QueryContext(ctx, selectRows, 0, int64(1)<<62, -1)
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
