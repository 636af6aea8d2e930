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

// batch is how many changes are asked for at once: more than fit into a page of
// people, few enough that a page costs the same however long the feed is.
const batch = 4096

// FeedPage returns what comes next in the feed of a tablet's site for a tablet
// that says how far it has read; about maxBytes of it, uncompressed, but one
// change at least. A tablet whose position isn't one of this feed's history, or
// for which tombstones are missing, gets a snapshot from the beginning.
func (s *Store) FeedPage(ctx context.Context, from wire.Address, pull *wire.FeedPull, maxBytes int) (*wire.FeedPage, error) {
	var site attendance.SiteID
	err := s.read.QueryRowContext(ctx, `SELECT site FROM devices WHERE id = ? AND org = ? AND revoked_at = 0`, from.Device, from.Org).Scan(&site)
	if err != nil {
		return nil, fmt.Errorf("feed for %s: %w", from.Device, known(err))
	}
	var page *wire.FeedPage
	setBack := false
	err = s.leaf(ctx, site, func(t querier, h feedHead) error {
		page = h.page()
		page.Ask = pull.GetAsk()
		on, err := h.goesOn(ctx, t, site, pull)
		if err != nil {
			return err
		}
		setBack = !on && h.passed(pull)
		if !on {
			pull, page.Snapshot = &wire.FeedPull{Lanes: pull.GetLanes()}, true
		}
		if pull.GetLanes() {
			return fillLanes(ctx, t, site, page, pull, maxBytes)
		}
		page.From = pull.GetHave()
		return fill(ctx, t, site, page, maxBytes)
	})
	if err == nil && setBack {
		err = s.change(ctx, func(t *tx) error { return t.setBack(ctx, from.Org) })
	}
	return page, err
}

// SitePage returns a page of a site's feed from a version on, for pushing. One
// that would not hold everything, or lacks tombstones that were pruned, holds
// nothing: then tablets pull, and get what is urgent first.
func (s *Store) SitePage(ctx context.Context, site attendance.SiteID, have uint64, maxBytes int) (*wire.FeedPage, error) {
	var page *wire.FeedPage
	err := s.leaf(ctx, site, func(t querier, h feedHead) error {
		page = h.page()
		page.From, page.To = have, have
		if have < h.floor {
			return nil
		}
		if err := fill(ctx, t, site, page, maxBytes); err != nil {
			return err
		}
		if page.GetTo() < page.GetHead() {
			page.Changes, page.To = nil, have
		}
		return nil
	})
	return page, err
}

// feedHead is where a site's feed ends.
type feedHead struct {
	epoch, term string
	head, floor uint64
}

func (h feedHead) page() *wire.FeedPage {
	return &wire.FeedPage{Epoch: h.epoch, Head: h.head, Term: h.term}
}

// leaf runs f where it sees the head of a feed and its changes at one moment.
func (s *Store) leaf(ctx context.Context, site attendance.SiteID, f func(querier, feedHead) error) error {
	t, err := s.read.begin(ctx, moment)
	if err != nil {
		return fmt.Errorf("feed of %s: %w", site, err)
	}
	defer t.rollback()
	var h feedHead
	err = t.QueryRowContext(ctx, `SELECT feed_epoch, feed_head, feed_floor,
		COALESCE((SELECT term FROM feed_terms WHERE site = sites.id ORDER BY since DESC LIMIT 1), '') FROM sites WHERE id = ?`, site).
		Scan(&h.epoch, &h.head, &h.floor, &h.term)
	if err != nil {
		return fmt.Errorf("feed of %s: %w", site, known(err))
	}
	if err := f(t, h); err != nil {
		return fmt.Errorf("feed of %s: %w", site, err)
	}
	return nil
}

// goesOn tells whether a tablet can go on from where it is: its position is one of
// this history, and no tombstone that it hasn't read is pruned. During a snapshot
// it needs only those that came after the snapshot began.
func (h feedHead) goesOn(ctx context.Context, t querier, site attendance.SiteID, pull *wire.FeedPull) (bool, error) {
	furthest := read(pull)
	needs := pull.GetHave()
	if pull.GetBase() > 0 {
		needs = pull.GetBase()
	}
	if pull.GetEpoch() != h.epoch || furthest > h.head || pull.GetBase() > h.head || needs < h.floor {
		return false, nil
	}
	if pull.GetTerm() == "" || pull.GetTerm() == h.term {
		return true, nil
	}
	var end sql.NullInt64 // where the next term began
	err := known(t.QueryRowContext(ctx, `SELECT (SELECT MIN(n.since) FROM feed_terms n WHERE n.site = f.site AND n.since > f.since)
		FROM feed_terms f WHERE f.site = ? AND f.term = ?`, site, pull.GetTerm()).Scan(&end))
	switch {
	case isNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for the term: %w", err)
	}
	return !end.Valid || furthest <= uint64(end.Int64), nil //nolint:gosec // versions are not negative
}

// passed tells whether a tablet has read more of this feed than there is of it: then
// the database was restored from a backup.
func (h feedHead) passed(pull *wire.FeedPull) bool {
	return pull.GetEpoch() == h.epoch && max(read(pull), pull.GetBase()) > h.head
}

// read returns where the feed ended, at the least, when a tablet read what it has.
// That is more than where it is: of what has been replaced meanwhile, it was told
// nothing, so that it can't go on in a feed that knows nothing of the replacement.
func read(pull *wire.FeedPull) uint64 {
	return max(pull.GetHave(), pull.GetUrgent(), pull.GetPeople(), pull.GetHead())
}

// fillLanes fills a page lane by lane, so that what is urgent is first and
// pictures are last, and packs it.
func fillLanes(ctx context.Context, t querier, site attendance.SiteID, p *wire.FeedPage, pull *wire.FeedPull, maxBytes int) error {
	p.Lanes = true
	p.FromUrgent, p.FromPeople, p.From = max(pull.GetUrgent(), pull.GetHave()), max(pull.GetPeople(), pull.GetHave()), pull.GetHave()
	p.ToUrgent, p.ToPeople, p.To = p.GetFromUrgent(), p.GetFromPeople(), p.GetFrom()
	body := make([]byte, 0, maxBytes+maxBytes/8)
	for _, l := range []struct {
		lane wire.Lane
		to   *uint64
	}{{wire.Lane_LANE_URGENT, &p.ToUrgent}, {wire.Lane_LANE_PEOPLE, &p.ToPeople}, {wire.Lane_LANE_PICTURES, &p.To}} {
		for *l.to < p.GetHead() {
			n := 0
			last, full, err := changesAfter(ctx, t, `SELECT version, change FROM feed WHERE site = ? AND lane = ? AND version > ? ORDER BY version LIMIT ?`,
				[]any{site, l.lane, *l.to, batch}, func(change []byte) bool {
					if len(body) > 0 && len(body)+len(change) > maxBytes {
						return false
					}
					body = wire.AppendChange(body, change)
					n++
					return true
				})
			if err != nil {
				return err
			}
			switch {
			case full:
				*l.to = max(*l.to, last)
				return pack(p, body)
			case n < batch:
				*l.to = p.GetHead()
			default:
				*l.to = last
			}
		}
	}
	return pack(p, body)
}

func pack(p *wire.FeedPage, body []byte) (err error) {
	if len(body) > 0 {
		p.Packed, err = wire.Pack(body)
	}
	return err
}

// fill fills a page in the order of versions, for a tablet that knows no lanes.
func fill(ctx context.Context, t querier, site attendance.SiteID, p *wire.FeedPage, maxBytes int) error {
	p.To = max(p.GetFrom(), p.GetHead())
	size := 0
	var failed error
	last, full, err := changesAfter(ctx, t, `SELECT version, change FROM feed WHERE site = ? AND version > ? ORDER BY version LIMIT ?`,
		[]any{site, p.GetFrom(), batch + 1}, func(change []byte) bool {
			if size += len(change) + 8; size > maxBytes && len(p.GetChanges()) > 0 || len(p.GetChanges()) == batch {
				return false
			}
			c := new(wire.Change)
			if failed = proto.Unmarshal(change, c); failed != nil {
				return false
			}
			p.Changes = append(p.Changes, c)
			return true
		})
	if full {
		p.To = max(last, p.GetFrom())
	}
	return errors.Join(err, failed)
}

// changesAfter reads changes until take wants no more. last is the version of the
// last that was taken, 0 when none was.
func changesAfter(ctx context.Context, t querier, query string, args []any, take func([]byte) bool) (last uint64, full bool, err error) {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var version uint64
		var body sql.RawBytes
		if err := rows.Scan(&version, &body); err != nil {
			return last, false, err
		}
		if !take(body) {
			return last, true, nil
		}
		last = version
	}
	return last, false, rows.Err()
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
