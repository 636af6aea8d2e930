package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
)

// electorate is how many rows either way have a say where comparisons of a boot
// contradict each other, see attendance.Moments.
const electorate = 2000

// contest looks for boots with rows from one seq to another, or beside them, whose
// comparisons contradict each other: then what all of their rows say counts. high is 0
// where there are none.
func (c *courier) contest(ctx context.Context, stream uuid.UUID, from, to uint64) (low, high uint64, err error) {
	type span struct {
		first, last       uint64
		zero, latest      int64 // when the clock that nobody can set stood at zero, by the comparisons
		monotonic, newest int64
	}
	boots, err := collect(ctx, c, func(r *sql.Rows, v *span) error {
		return r.Scan(&v.first, &v.last, &v.zero, &v.latest, &v.monotonic, &v.newest)
	}, `SELECT min(seq), max(seq), min(device_time + clock_offset - monotonic), max(device_time + clock_offset - monotonic), min(monotonic), max(monotonic)
		FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq BETWEEN ?3 AND ?4 AND boot != '' AND `+wellCompared+`
		AND boot IN (SELECT boot FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq BETWEEN ?5 AND ?6) GROUP BY boot`,
		c.d.Device, stream[:], int64(from-min(from, electorate)), int64(to+electorate), int64(from-min(from, 1)), int64(to+1)) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return 0, 0, fmt.Errorf("look for comparisons that contradict each other: %w", err)
	}
	for _, b := range boots {
		if later(b.latest-b.zero+b.newest-b.monotonic, b.newest-b.monotonic) == 0 {
			continue
		}
		if high == 0 {
			low = b.first
		}
		low, high = min(low, b.first), max(high, b.last)
	}
	return low, high, nil
}
