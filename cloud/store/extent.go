package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// extent is how many rows of a journal there are between two, and which: a sum over their
// numbers and when the cloud had them. Rows that were lost when the database was set back and
// came again came later, so it is another one then.
type extent struct {
	rows int
	sum  int64
}

// What a row adds to the sum, in Go and in SQL. It is small enough for nine million rows; a
// boot's votes are never looked for among more than some ten thousands.
const (
	extentTimes = 1_000_000_007
	extentPlace = 1009
	extentOf    = `SELECT count(*), CAST(COALESCE(sum(received_at % 1000000007 * (seq % 1009 + 1)), 0) AS BIGINT) FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ?`
)

func (e *extent) add(seq uint64, received int64) {
	e.rows++
	e.sum += received % extentTimes * int64(seq%extentPlace+1) //nolint:gosec // below 2000
}

// holds tells whether a boot that was counted is as it was, and whether a row of a boot of that
// name is of it. The name is the tablet's to give: it may have given it twice, to rows that are
// not beside each other. And the database may have been set back since, however much nobody
// should do that to one that is in use.
func (c *courier) holds(ctx context.Context, stream uuid.UUID, seq uint64, b *ballot) (bool, error) {
	var hash []byte
	err := c.hot.one(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, []any{c.d.Device, stream[:], int64(b.last)}, &hash) //nolint:gosec // it came out as one
	if errors.Is(err, sql.ErrNoRows) || err == nil && string(hash) != string(b.hash) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at what was counted: %w", err)
	}
	var now extent
	err = c.hot.one(ctx, extentOf, []any{c.d.Device, stream[:], int64(b.low), int64(b.last)}, &now.rows, &now.sum) //nolint:gosec // they came out as such
	if err != nil {
		return false, fmt.Errorf("look whether what was counted is there: %w", err)
	}
	if err := c.spend(now.rows / 10); err != nil || now != b.seen {
		return false, err
	}
	if seq <= b.last {
		return true, nil
	}
	next, err := c.beyond(ctx, stream, b.last, seq, b.boot)
	return next > seq, err
}

// rowsBetween counts rows of a journal.
func (c *courier) rowsBetween(ctx context.Context, stream uuid.UUID, from, to uint64) (n int, err error) {
	err = c.hot.one(ctx, `SELECT count(*) FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ?`, []any{c.d.Device, stream[:], int64(from), int64(to)}, &n) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return 0, fmt.Errorf("count rows: %w", err)
	}
	return n, nil
}
