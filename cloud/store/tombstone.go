package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/attendance"
	"muster/sync/wire"
)

// TombstoneLife is how long the feed remembers what is gone. A tablet that was
// away for longer gets a snapshot, and with it learns last what a shorter absence
// would have told it first: who is gone.
const TombstoneLife = 180 * 24 * time.Hour

// graveTime is how long a card whose time is over stays in the feed as it was: a
// tablet's clock may be behind.
const graveTime = 24 * time.Hour

// PruneFeeds drops tombstones that have outlived their time, and tells how many.
func (s *Store) PruneFeeds(ctx context.Context) (pruned int64, err error) {
	old := s.now().Add(-TombstoneLife)
	if err := s.buryCards(ctx); err != nil {
		return 0, err
	}
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

// buryCards puts tombstones in the place of cards that were lent for a time which
// is over. Tablets see by themselves that it is.
func (s *Store) buryCards(ctx context.Context) error {
	type buried struct {
		site attendance.SiteID
		card attendance.Card
	}
	over, err := collect(ctx, s.read, func(r *sql.Rows, v *buried) error {
		var from, to int64
		err := r.Scan(&v.site, &v.card.ID, &v.card.Profile, &from, &to)
		v.card.From, v.card.To = fromMicros(from), fromMicros(to)
		return err
	}, `SELECT f.site, c.card, c.profile, c.from_at, c.to_at FROM cards c JOIN profile_sites m ON m.profile = c.profile
		JOIN feed f ON f.site = m.site AND f.key = 'card/' || c.card || '/' || c.profile || '/' || c.from_at
		WHERE c.to_at > 0 AND c.to_at < ? AND f.gone_at = 0 ORDER BY f.site, f.version`, micros(s.now().Add(-graveTime)))
	if err != nil {
		return fmt.Errorf("look for cards whose time is over: %w", err)
	}
	for _, b := range over {
		err := s.change(ctx, func(t *tx) error {
			return t.feed(ctx, b.site, cardKey(b.card), &wire.Change{Of: &wire.Change_CardGone{CardGone: cardMessage(b.card)}})
		})
		if err != nil {
			return fmt.Errorf("bury a card: %w", err)
		}
	}
	return nil
}
