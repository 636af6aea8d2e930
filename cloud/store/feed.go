package store

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// historian is a Dialect of a database that may be replaced under a running cloud by
// a copy that lacks the last commits. History is another one then.
type historian interface{ History() string }

// termNow names the feeds' history that is being written: another one in each run of
// the program, and after each failover, so that versions that are given out again
// are not taken for those that were lost.
func (s *Store) termNow() string {
	if h, ok := s.write.Dialect.(historian); ok {
		return s.term + h.History()
	}
	return s.term
}

// feed adds a change to a site's feed under key, in place of an earlier change
// of the same thing, and moves the feed's head on by one.
func (t *tx) feed(ctx context.Context, site attendance.SiteID, key string, c *wire.Change) error {
	body, err := proto.Marshal(c)
	if err != nil {
		return fmt.Errorf("feed %s: %w", key, err)
	}
	var head int64
	err = t.QueryRowContext(ctx, `UPDATE sites SET feed_head = feed_head + 1 WHERE id = ? RETURNING feed_head`, site).Scan(&head)
	if err != nil {
		return fmt.Errorf("feed %s: move the head of site %s: %w", key, site, known(err))
	}
	if !t.touched[site] {
		_, err := t.ExecContext(ctx, `INSERT INTO feed_terms (site, since, term) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, site, head-1, t.term)
		if err != nil {
			return fmt.Errorf("feed %s: term: %w", key, err)
		}
	}
	lane, gone := laneOf(c)
	var goneAt int64
	if gone {
		goneAt = micros(t.now)
	}
	_, err = t.ExecContext(ctx, `INSERT INTO feed (site, key, version, change, lane, gone_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (site, key) DO UPDATE SET version = excluded.version, change = excluded.change, lane = excluded.lane, gone_at = excluded.gone_at`,
		site, key, head, body, lane, goneAt)
	if err != nil {
		return fmt.Errorf("feed %s: %w", key, err)
	}
	t.touched[site] = true
	return nil
}

// laneOf tells which lane of the feed a change goes into, and whether it is a
// tombstone. Whatever takes something away from somebody is urgent.
func laneOf(c *wire.Change) (lane wire.Lane, gone bool) {
	switch of := c.GetOf().(type) {
	case *wire.Change_Settings:
		return wire.Lane_LANE_URGENT, false
	case *wire.Change_ProfileGone, *wire.Change_CardGone:
		return wire.Lane_LANE_URGENT, true
	case *wire.Change_Profile:
		if of.Profile.GetBlocked() {
			return wire.Lane_LANE_URGENT, false
		}
	case *wire.Change_Card:
		if of.Card.GetBlocked() || of.Card.GetToUs() != 0 {
			return wire.Lane_LANE_URGENT, false
		}
	case *wire.Change_Photo:
		return wire.Lane_LANE_PICTURES, false
	case *wire.Change_PhotoGone:
		return wire.Lane_LANE_PICTURES, true
	}
	return wire.Lane_LANE_PEOPLE, false
}

// feedProfile adds the same change to the feed of every site that a person
// belongs to.
func (t *tx) feedProfile(ctx context.Context, profile attendance.ProfileID, key string, c *wire.Change) error {
	sites, err := t.sitesOf(ctx, profile)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if err := t.feed(ctx, site, key, c); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) sitesOf(ctx context.Context, profile attendance.ProfileID) ([]attendance.SiteID, error) {
	rows, err := t.QueryContext(ctx, `SELECT site FROM profile_sites WHERE profile = ? ORDER BY site`, profile)
	if err != nil {
		return nil, fmt.Errorf("sites of a profile: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var sites []attendance.SiteID
	for rows.Next() {
		var s attendance.SiteID
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("sites of a profile: %w", err)
		}
		sites = append(sites, s)
	}
	return sites, rows.Err()
}
