package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Wipe has the server take away the rows of a table that were deleted. Their bytes
// are overwritten when the place is used again; archived logs and backups have them
// for as long as they are kept.
func (db *DB) Wipe(ctx context.Context, table string) (done bool, err error) {
	if _, err := db.Write.ExecContext(ctx, `VACUUM `+pgx.Identifier{table}.Sanitize()); err != nil {
		return false, fmt.Errorf("wipe %s: %w", table, err)
	}
	return true, nil
}
