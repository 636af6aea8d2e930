package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// feedEntry is a change on its way into a feed.
type feedEntry struct {
	key    string
	body   []byte
	lane   int64
	goneAt int64
}

func (t *tx) entryOf(key string, c *wire.Change) (feedEntry, error) {
	body, err := proto.Marshal(c)
	if err != nil {
		return feedEntry{}, fmt.Errorf("feed %s: %w", key, err)
	}
	lane, gone := laneOf(c)
	e := feedEntry{key: key, body: body, lane: int64(lane)}
	if gone {
		e.goneAt = micros(t.now)
	}
	return e, nil
}

// feedProfiles adds changes of people to the feeds of all sites that each belongs
// to, as feedProfile does for one: each site's feed moves on once.
func (t *tx) feedProfiles(ctx context.Context, people []attendance.ProfileID, changes []*wire.Change) error {
	entries := make(map[attendance.ProfileID]feedEntry, len(people))
	for i, id := range people {
		e, err := t.entryOf(profileKey(id), changes[i])
		if err != nil {
			return err
		}
		entries[id] = e
	}
	at := map[attendance.SiteID][]feedEntry{}
	_, err := collect(ctx, t, func(r *sql.Rows, _ *struct{}) error {
		var id attendance.ProfileID
		var site attendance.SiteID
		err := r.Scan(&id, &site)
		at[site] = append(at[site], entries[id])
		return err
	}, `SELECT profile, site FROM profile_sites WHERE profile IN (SELECT value FROM json_each(?)) ORDER BY profile, site`, list(people))
	if err != nil {
		return fmt.Errorf("sites of people: %w", err)
	}
	for _, site := range slices.Sorted(maps.Keys(at)) {
		if err := t.feedMany(ctx, site, at[site]); err != nil {
			return err
		}
	}
	return nil
}

// feedMany is feed for several changes of one site, no two of them of the same
// thing.
func (t *tx) feedMany(ctx context.Context, site attendance.SiteID, entries []feedEntry) error {
	since, err := t.moveFeed(ctx, site, len(entries))
	if err != nil {
		return err
	}
	const insert, one, replace = `INSERT INTO feed (site, key, version, change, lane, gone_at) VALUES `, `(?, ?, ?, ?, ?, ?)`,
		` ON CONFLICT (site, key) DO UPDATE SET version = excluded.version, change = excluded.change, lane = excluded.lane, gone_at = excluded.gone_at`
	for part := range portions(entries, 64, 8) {
		args := make([]any, 0, 6*len(part))
		for _, e := range part {
			since++
			args = append(args, string(site), e.key, since, e.body, e.lane, e.goneAt)
		}
		if _, err := t.ExecContext(ctx, insert+one+strings.Repeat(", "+one, len(part)-1)+replace, args...); err != nil {
			return fmt.Errorf("feed %d changes: %w", len(part), err)
		}
	}
	return nil
}

// moveFeed moves the head of a site's feed on by n and returns where it was.
func (t *tx) moveFeed(ctx context.Context, site attendance.SiteID, n int) (since int64, err error) {
	err = t.QueryRowContext(ctx, `UPDATE sites SET feed_head = feed_head + ? WHERE id = ? RETURNING feed_head`, n, site).Scan(&since)
	if err != nil {
		return 0, fmt.Errorf("move the head of site %s: %w", site, known(err))
	}
	since -= int64(n)
	if !t.touched[site] {
		if _, err := t.ExecContext(ctx, `INSERT INTO feed_terms (site, since, term) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, site, since, t.term); err != nil {
			return 0, fmt.Errorf("term of site %s: %w", site, err)
		}
	}
	t.touched[site] = true
	return since, nil
}
