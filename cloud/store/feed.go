package store

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

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
	_, err = t.ExecContext(ctx, `INSERT INTO feed (site, key, version, change) VALUES (?, ?, ?, ?)
		ON CONFLICT (site, key) DO UPDATE SET version = excluded.version, change = excluded.change`, site, key, head, body)
	if err != nil {
		return fmt.Errorf("feed %s: %w", key, err)
	}
	t.touched[site] = true
	return nil
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
