package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
)

// SetBack is an organisation whose tablets know of more than this database, which
// was restored from a backup, and nobody has said so with BeginFeedsAnew.
type SetBack struct {
	Org   attendance.OrgID
	Since time.Time // a tablet first told so
}

// SetBack returns the organisations of which that is known. It is for whoever runs
// the cloud, and takes no actor.
func (s *Store) SetBack(ctx context.Context) ([]SetBack, error) {
	all, err := collect(ctx, s.read, func(r *sql.Rows, b *SetBack) error {
		var since int64
		err := r.Scan(&b.Org, &since)
		b.Since = fromMicros(since)
		return err
	}, `SELECT id, set_back_at FROM orgs WHERE set_back_at != 0 AND id NOT IN (SELECT org FROM departures) ORDER BY set_back_at, id`)
	if err != nil {
		return nil, fmt.Errorf("look whether the database was set back: %w", err)
	}
	return all, nil
}

// setBack notes that a tablet of an organisation knows of more than is here.
func (t *tx) setBack(ctx context.Context, org attendance.OrgID) error {
	if _, err := t.ExecContext(ctx, `UPDATE orgs SET set_back_at = ? WHERE id = ? AND set_back_at = 0`, micros(t.now), org); err != nil {
		return fmt.Errorf("note that the database was set back: %w", err)
	}
	return nil
}

// refilling is how long a tablet may take to tell again what is lacking, while
// messages are still on their way that it sent before.
const refilling = time.Hour

// setBackSince notes that a tablet was told of more rows of a stream than are here,
// unless BeginFeedsAnew explains it: the last row that is here came before that.
func (c *courier) setBackSince(ctx context.Context, stream uuid.UUID, through uint64) error {
	restored, err := c.restored(ctx)
	if err != nil {
		return err
	}
	if restored > 0 {
		var last int64
		err := c.QueryRowContext(ctx, `SELECT coalesce(max(received_at), 0) FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
			c.d.Device, stream[:], int64(through)).Scan(&last) //nolint:gosec // below 1<<62
		if err != nil {
			return fmt.Errorf("when did the last row come: %w", err)
		}
		if last <= restored || c.now.Sub(fromMicros(last)) < refilling {
			return nil
		}
	}
	return c.setBack(ctx, c.d.Org)
}
