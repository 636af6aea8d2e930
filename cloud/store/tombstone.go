package store

import (
	"context"
	"fmt"
	"time"

	"muster/attendance"
)

// TombstoneLife is how long the feed remembers what is gone. A tablet that was
// away for longer gets a snapshot, and with it learns last what a shorter absence
// would have told it first: who is gone.
const TombstoneLife = 180 * 24 * time.Hour

// PruneFeeds drops tombstones that have outlived their time, and tells how many.
func (s *Store) PruneFeeds(ctx context.Context) (pruned int64, err error) {
	old := s.now().Add(-TombstoneLife)
	sites, err := collect(ctx, s.read, scanOne[attendance.SiteID], `SELECT DISTINCT site FROM feed WHERE gone_at > 0 AND gone_at < ? ORDER BY site`, micros(old))
	if err != nil {
		return 0, fmt.Errorf("look for old tombstones: %w", err)
	}
	for _, site := range sites {
		n := int64(0)
		err := s.change(ctx, func(t *tx) error {
			// The floor first: a position below it is no good from this commit on.
			_, err := t.ExecContext(ctx, `UPDATE sites SET feed_floor = (SELECT MAX(version) FROM feed WHERE site = ?1 AND gone_at > 0 AND gone_at < ?2)
				WHERE id = ?1 AND EXISTS (SELECT 1 FROM feed WHERE site = ?1 AND gone_at > 0 AND gone_at < ?2)`, site, micros(old))
			if err != nil {
				return fmt.Errorf("raise the floor of a feed: %w", err)
			}
			res, err := t.ExecContext(ctx, `DELETE FROM feed WHERE site = ? AND gone_at > 0 AND gone_at < ?`, site, micros(old))
			if err != nil {
				return fmt.Errorf("prune tombstones: %w", err)
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return pruned, err
		}
		pruned += n
	}
	return pruned, nil
}
