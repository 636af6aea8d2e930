package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// ErrDamaged says that a file is no whole database.
var ErrDamaged = errors.New("the database file is damaged")

// Whole takes a database's log into its file, so that the file is all there is, and
// checks it from end to end. Nobody else may use it meanwhile.
func Whole(ctx context.Context, path string) (err error) {
	db, err := open(path, "", 1)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var says string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&says); err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	}
	if says != "ok" {
		return fmt.Errorf("%s: %w: %s", path, ErrDamaged, says)
	}
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('goose_db_version', 'raw_rows')`).Scan(&tables); err != nil || tables != 2 {
		return errors.Join(fmt.Errorf("%s is no cloud's database", path), err)
	}
	if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("take the log into %s: %w", path, err)
	}
	return nil
}
