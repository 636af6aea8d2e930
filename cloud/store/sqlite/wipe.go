package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// Wipe clears the write-ahead log, which still has what was deleted; in the file
// itself that is overwritten already (secure_delete). While somebody reads it can't
// be: then it is not done, and worth another try. The table doesn't matter.
func (db *DB) Wipe(ctx context.Context, _ string) (done bool, err error) {
	c, err := db.Write.Conn(ctx)
	if err != nil {
		return false, fmt.Errorf("wipe: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	// Nobody else can write meanwhile, so it doesn't wait long for who reads.
	if _, err := c.ExecContext(ctx, `PRAGMA busy_timeout = 200`); err != nil {
		return false, fmt.Errorf("wipe: %w", err)
	}
	var busy, pages, moved int
	err = c.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	_, again := c.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout = 10000`)
	if err = errors.Join(err, again); err != nil {
		return false, fmt.Errorf("wipe: %w", err)
	}
	return busy == 0, nil
}
