package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/internal/failpoint"
)

// Deliver keeps the rows of several deliveries, in one transaction if it can, and
// does what they tell. Nothing that arrived is turned away: what can't be made sense of
// goes to quarantine, whole and with its reason, and counts as kept. Delivering
// the same again changes nothing and gives the same receipts.
func (s *Store) Deliver(ctx context.Context, deliveries []device.Delivery) ([]device.Outcome, error) {
	out, err := s.deliver(ctx, deliveries, s.write.bulk())
	if !errors.Is(err, errOneByOne) && !errors.Is(err, access.ErrConflict) {
		return out, err
	}
	// Another row has one of the ids.
	if len(deliveries) == 1 {
		return s.deliver(ctx, deliveries, false)
	}
	// Only the one that is to blame goes the slow way. Each of them is whole: what
	// was kept before one fails is found there when it comes again.
	out = nil
	for i := range deliveries {
		one, err := s.Deliver(ctx, deliveries[i:i+1])
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

func (s *Store) deliver(ctx context.Context, deliveries []device.Delivery, together bool) ([]device.Outcome, error) {
	outcomes := make([]device.Outcome, len(deliveries))
	err := s.changeLocked(ctx, func(t *tx) error {
		couriers, err := t.couriers(ctx, deliveries)
		if err != nil {
			return err
		}
		rest := couriers
		if together {
			if rest, err = t.deliverTogether(ctx, couriers); err != nil {
				return err
			}
		}
		for _, c := range rest {
			if err := c.deliver(ctx); err != nil {
				return fmt.Errorf("deliver from %s: %w", c.d.Device, err)
			}
		}
		for i, c := range couriers {
			outcomes[i] = c.out
		}
		failpoint.Pass(failpoint.Committing)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// couriers makes a courier for each delivery and locks the tablets: their rows
// come from here alone until the commit, for where a stream ends is read and then
// moved on.
func (t *tx) couriers(ctx context.Context, deliveries []device.Delivery) ([]*courier, error) {
	ids := make([]attendance.DeviceID, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.Device
	}
	type tablet struct {
		id  attendance.DeviceID
		org attendance.OrgID
	}
	sites := map[tablet]attendance.SiteID{}
	_, err := collect(ctx, t, func(r *sql.Rows, v *tablet) error {
		var site attendance.SiteID
		err := r.Scan(&v.id, &v.org, &site)
		sites[*v] = site
		return err
	}, `SELECT id, org, site FROM devices WHERE id IN (SELECT value FROM json_each(?))
		AND NOT EXISTS (SELECT 1 FROM departures WHERE org = devices.org) ORDER BY id /* FOR UPDATE */`, list(ids))
	if err != nil {
		return nil, fmt.Errorf("lock tablets: %w", err)
	}
	hot, seen := prepare(t.speaker), map[string]bool{}
	all := make([]*courier, len(deliveries))
	for i, d := range deliveries {
		all[i] = &courier{
			tx: t, hot: hot, seen: seen, d: d, site: sites[tablet{d.Device, d.Org}],
			seqs: map[uuid.UUID][]uint64{}, ended: map[uuid.UUID]uint64{}, forked: map[uuid.UUID]bool{},
		}
	}
	return all, nil
}

// courier carries one delivery into the store.
type courier struct {
	*tx
	hot  *prepared
	seen map[string]bool // what the organisations were found to have, in this transaction
	d    device.Delivery
	site attendance.SiteID // where the tablet stands now
	last device.Row        // the row before in this delivery, when it was kept
	kept []device.Row      // what is new of it
	at   attendance.Moment // of the row that is being projected
	seqs map[uuid.UUID][]uint64
	out  device.Outcome

	tallies map[uuid.UUID]*tally // whose comparisons are outvoted, of the streams that were looked at
	redated redated

	thrifty              bool // no more than so many rows may be looked at, see spend
	spent                int
	lookedFrom, lookedTo uint64 // the rows among which something was looked for

	group  *together            // what it goes with, if it does
	fresh  []*device.Row        // what is new of it, then
	told   []device.Broken      // by rows that were kept
	forked map[uuid.UUID]bool   // streams in which other rows stand where some of these belong
	ended  map[uuid.UUID]uint64 // how far streams go now, where that is known already
}

func (c *courier) deliver(ctx context.Context) error {
	c.thrifty = true
	if c.site == "" {
		return cmp.Or(here(ctx, c, c.d.Org), fmt.Errorf("tablet: %w", access.ErrNotFound))
	}
	for _, b := range c.d.Broken {
		if err := c.quarantine(ctx, b); err != nil {
			return err
		}
	}
	for _, r := range c.d.Rows {
		if err := c.row(ctx, r); err != nil {
			return fmt.Errorf("row %s/%d: %w", r.Stream, r.Seq, err)
		}
	}
	if err := c.tellAll(ctx); err != nil {
		return err
	}
	return c.receipts(ctx)
}

// row keeps one row, unless it is there already.
func (c *courier) row(ctx context.Context, r device.Row) error {
	c.seqs[r.Stream] = append(c.seqs[r.Stream], r.Seq)
	if !plain(string(r.Kind), 32) || !plain(r.Clock.BootID, 64) {
		return c.aside(ctx, r, "malformed-row")
	}
	linked, err := c.follows(ctx, r)
	if linked {
		linked, err = c.leads(ctx, r)
	}
	switch {
	case err != nil:
		return err
	case !linked:
		return c.again(ctx, r, "broken-chain")
	}
	n, err := c.hot.exec(ctx, `INSERT INTO raw_rows
		(device, stream, seq, id, org, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.d.Device, r.Stream[:], int64(r.Seq), r.ID[:], c.d.Org, r.Kind, notNil(r.Payload), r.Clock.Device.UnixMicro(), r.Clock.Monotonic.Microseconds(),
		r.Clock.BootID, r.Clock.Offset.Microseconds(), r.Clock.Uncertainty.Microseconds(), r.Clock.Trust, r.Prev[:], r.Hash[:], micros(c.d.Received))
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if n == 0 {
		return c.again(ctx, r, duplicateID)
	}
	failpoint.Pass(failpoint.Kept)
	c.last, c.kept = r, append(c.kept, r)
	return nil
}

// tellAll does what the rows that were kept tell, in their order.
func (c *courier) tellAll(ctx context.Context) error {
	moments, err := c.settle(ctx)
	if err != nil {
		return err
	}
	for i := range c.kept {
		r := &c.kept[i]
		var before, after *device.Row
		if i > 0 {
			before = &c.kept[i-1]
		}
		if i+1 < len(c.kept) {
			after = &c.kept[i+1]
		}
		why, err := c.carryOut(ctx, before, r, after, moments[r.ID])
		if err != nil {
			return fmt.Errorf("row %s/%d: project: %w", r.Stream, r.Seq, err)
		}
		if why == "" {
			continue
		}
		if err := c.quarantine(ctx, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: why}); err != nil {
			return err
		}
	}
	return nil
}

// carryOut does what one row tells, unless the clock that nobody can set ran
// backwards at it.
func (c *courier) carryOut(ctx context.Context, before, r, after *device.Row, at attendance.Moment) (why string, err error) {
	if back, err := c.runsBackwards(ctx, before, r, after); err != nil || back {
		return string(device.AlarmBackwards), err
	}
	c.at = at
	return c.project(ctx, *r)
}

// follows tells whether a row carries the hash of the one before it, where that
// one is here. A row that doesn't was changed, or comes from a tablet that goes
// on from a copy.
func (c *courier) follows(ctx context.Context, r device.Row) (bool, error) {
	if r.Seq == 1 {
		return r.Prev == device.Hash{}, nil
	}
	if c.last.Stream == r.Stream && c.last.Seq == r.Seq-1 {
		return c.last.Hash == r.Prev, nil
	}
	var before []byte
	err := c.hot.one(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
		[]any{c.d.Device, r.Stream[:], int64(r.Seq - 1)}, &before)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		parted, err := c.parted(ctx, r.Stream, r.Seq-1)
		return !parted, err
	case err != nil:
		return false, fmt.Errorf("look at the row before: %w", err)
	}
	return bytes.Equal(before, r.Prev[:]), nil
}

// leads tells whether the row after a row carries its hash, where that one was
// here first.
func (c *courier) leads(ctx context.Context, r device.Row) (bool, error) {
	var prev []byte
	err := c.hot.one(ctx, `SELECT prev FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
		[]any{c.d.Device, r.Stream[:], int64(r.Seq + 1)}, &prev) //nolint:gosec // below 1<<62
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look at the row after: %w", err)
	}
	return bytes.Equal(prev, r.Hash[:]), nil
}

// again looks at what stands in the place of a row that can't be kept: the row
// itself, which is as it should be, another row, or none; otherwise is the reason then.
func (c *courier) again(ctx context.Context, r device.Row, otherwise string) error {
	var hash []byte
	err := c.hot.one(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
		[]any{c.d.Device, r.Stream[:], int64(r.Seq)}, &hash)
	switch {
	case errors.Is(err, sql.ErrNoRows) && otherwise == duplicateID:
		return c.elsewhere(ctx, r)
	case errors.Is(err, sql.ErrNoRows):
		return c.aside(ctx, r, otherwise)
	case err != nil:
		return fmt.Errorf("look at the row there: %w", err)
	case !bytes.Equal(hash, r.Hash[:]):
		return c.aside(ctx, r, "clone")
	}
	return nil
}

// aside puts a row into quarantine that can't be kept with the others.
func (c *courier) aside(ctx context.Context, r device.Row, reason string) error {
	if reason == string(device.AlarmClone) || reason == string(device.AlarmChain) {
		c.forked[r.Stream] = true
	}
	return c.quarantine(ctx, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: reason, Body: wireBody(r)})
}

func (c *courier) news(topic, id string) {
	n := device.News{Topic: topic, ID: id}
	if !slices.Contains(c.out.News, n) {
		c.out.News = append(c.out.News, n)
	}
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// plain tells whether text from a tablet can be kept as text by every database:
// valid, not too long, and no control characters.
func plain(s string, limit int) bool {
	return len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
