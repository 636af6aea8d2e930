package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// FeedPage returns what comes next in the feed of a tablet's site for a tablet
// that has read up to have, counted in epoch; about maxBytes of it, but one
// change at least. A tablet that counts in another epoch, or is ahead of the
// feed (the cloud's database was restored), gets a snapshot from the beginning.
func (s *Store) FeedPage(ctx context.Context, from wire.Address, epoch string, have uint64, maxBytes int) (*wire.FeedPage, error) {
	var site attendance.SiteID
	err := s.read.QueryRowContext(ctx, `SELECT site FROM devices WHERE id = ? AND org = ? AND revoked_at = 0`, from.Device, from.Org).Scan(&site)
	if err != nil {
		return nil, fmt.Errorf("feed for %s: %w", from.Device, known(err))
	}
	return s.page(ctx, site, func(now string, head uint64) (uint64, bool) {
		if epoch != now || have > head {
			return 0, true
		}
		return have, false
	}, maxBytes)
}

// SitePage returns a page of a site's feed from a version on, for pushing.
func (s *Store) SitePage(ctx context.Context, site attendance.SiteID, have uint64, maxBytes int) (*wire.FeedPage, error) {
	return s.page(ctx, site, func(string, uint64) (uint64, bool) { return have, false }, maxBytes)
}

// page reads head and changes in one transaction, so that they belong together.
func (s *Store) page(ctx context.Context, site attendance.SiteID, start func(epoch string, head uint64) (have uint64, snapshot bool), maxBytes int) (*wire.FeedPage, error) {
	t, err := s.read.begin(ctx, moment)
	if err != nil {
		return nil, fmt.Errorf("feed of %s: %w", site, err)
	}
	defer t.rollback()
	p := new(wire.FeedPage)
	if err := t.QueryRowContext(ctx, `SELECT feed_epoch, feed_head FROM sites WHERE id = ?`, site).Scan(&p.Epoch, &p.Head); err != nil {
		return nil, fmt.Errorf("feed of %s: %w", site, known(err))
	}
	p.From, p.Snapshot = start(p.GetEpoch(), p.GetHead())
	if err := fill(ctx, t, site, p, maxBytes); err != nil {
		return nil, fmt.Errorf("feed of %s: %w", site, err)
	}
	return p, nil
}

func fill(ctx context.Context, t querier, site attendance.SiteID, p *wire.FeedPage, maxBytes int) (err error) {
	p.To = max(p.GetFrom(), p.GetHead())
	rows, err := t.QueryContext(ctx, `SELECT version, change FROM feed WHERE site = ? AND version > ? ORDER BY version`, site, p.GetFrom())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	last, size := p.GetFrom(), 0
	for rows.Next() {
		var version uint64
		var body []byte
		if err := rows.Scan(&version, &body); err != nil {
			return err
		}
		if size += len(body) + 8; size > maxBytes && len(p.GetChanges()) > 0 {
			p.To = last
			return nil
		}
		c := new(wire.Change)
		if err := proto.Unmarshal(body, c); err != nil {
			return fmt.Errorf("version %d: %w", version, err)
		}
		p.Changes, last = append(p.Changes, c), version
	}
	return rows.Err()
}

// FeedHeads returns how far the feed of each site goes.
func (s *Store) FeedHeads(ctx context.Context) (map[attendance.SiteID]uint64, error) {
	heads := map[attendance.SiteID]uint64{}
	_, err := collect(ctx, s.read, func(r *sql.Rows, _ *struct{}) error {
		var site attendance.SiteID
		var head uint64
		err := r.Scan(&site, &head)
		heads[site] = head
		return err
	}, `SELECT id, feed_head FROM sites`)
	if err != nil {
		return nil, fmt.Errorf("feed heads: %w", err)
	}
	return heads, nil
}
