package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// Deliver keeps the rows of several deliveries in one transaction and does what
// they tell. Nothing that arrived is turned away: what can't be made sense of
// goes to quarantine, whole and with its reason, and counts as kept. Delivering
// the same again changes nothing and gives the same receipts.
func (s *Store) Deliver(ctx context.Context, deliveries []device.Delivery) ([]device.Outcome, error) {
	outcomes := make([]device.Outcome, len(deliveries))
	err := s.change(ctx, func(t *tx) error {
		for i, d := range deliveries {
			c := &courier{tx: t, d: d, seqs: map[uuid.UUID][]uint64{}}
			if err := c.deliver(ctx); err != nil {
				return fmt.Errorf("deliver from %s: %w", d.Device, err)
			}
			outcomes[i] = c.out
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// courier carries one delivery into the store.
type courier struct {
	*tx
	d    device.Delivery
	site attendance.SiteID // where the tablet stands now
	seqs map[uuid.UUID][]uint64
	out  device.Outcome
}

func (c *courier) deliver(ctx context.Context) error {
	err := c.QueryRowContext(ctx, `SELECT site FROM devices WHERE id = ? AND org = ?`, c.d.Device, c.d.Org).Scan(&c.site)
	if err != nil {
		return fmt.Errorf("tablet: %w", known(err))
	}
	for _, b := range c.d.Broken {
		if err := c.quarantine(ctx, b); err != nil {
			return err
		}
	}
	for _, r := range c.d.Rows {
		if err := c.row(ctx, r); err != nil {
			return err
		}
	}
	return c.receipts(ctx)
}

// row keeps one row, unless it is there already, and does what it tells.
func (c *courier) row(ctx context.Context, r device.Row) error {
	c.seqs[r.Stream] = append(c.seqs[r.Stream], r.Seq)
	res, err := c.ExecContext(ctx, `INSERT INTO raw_rows
		(device, stream, seq, id, org, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.d.Device, r.Stream[:], int64(r.Seq), r.ID[:], c.d.Org, r.Kind, notNil(r.Payload), r.Clock.Device.UnixMicro(), r.Clock.Monotonic.Microseconds(),
		r.Clock.BootID, r.Clock.Offset.Microseconds(), r.Clock.Uncertainty.Microseconds(), r.Clock.Trust, r.Prev[:], r.Hash[:], micros(c.d.Received))
	if err != nil {
		return fmt.Errorf("keep row %s/%d: %w", r.Stream, r.Seq, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, c.again(ctx, r))
	}
	why, err := c.project(ctx, r)
	if err != nil {
		return fmt.Errorf("project row %s/%d: %w", r.Stream, r.Seq, err)
	}
	if why != "" {
		return c.quarantine(ctx, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: why})
	}
	return nil
}

// again looks at a row whose place or id is taken: by itself, which is as it
// should be, or by another.
func (c *courier) again(ctx context.Context, r device.Row) error {
	var hash []byte
	err := c.QueryRowContext(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
		c.d.Device, r.Stream[:], int64(r.Seq)).Scan(&hash)
	reason := "clone"
	switch {
	case errors.Is(err, sql.ErrNoRows):
		reason = "duplicate-id"
	case err != nil:
		return fmt.Errorf("row again: %w", err)
	case bytes.Equal(hash, r.Hash[:]):
		return nil
	}
	return c.quarantine(ctx, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: reason, Body: wireBody(r)})
}

// receipts tells what is safe now of each stream of the delivery.
func (c *courier) receipts(ctx context.Context) error {
	for stream, seqs := range c.seqs {
		through, err := c.advance(ctx, stream)
		if err != nil {
			return fmt.Errorf("advance stream %s: %w", stream, err)
		}
		slices.Sort(seqs)
		seqs = slices.Compact(seqs)
		first, _ := slices.BinarySearch(seqs, through+1)
		c.out.Receipts = append(c.out.Receipts, device.Receipt{Stream: stream, Through: through, Sparse: slices.Clone(seqs[first:])})
	}
	slices.SortFunc(c.out.Receipts, func(a, b device.Receipt) int { return bytes.Compare(a.Stream[:], b.Stream[:]) })
	return nil
}

// advance moves the point up to which a stream has no gap as far as it goes.
// What lies in quarantine is kept as well and leaves no gap.
func (c *courier) advance(ctx context.Context, stream uuid.UUID) (uint64, error) {
	var through int64
	err := c.QueryRowContext(ctx, `SELECT through FROM streams WHERE device = ? AND stream = ?`, c.d.Device, stream[:]).Scan(&through)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	before := through
	rows, err := c.QueryContext(ctx, `SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq > ?3
		UNION SELECT seq FROM quarantine WHERE device = ?1 AND stream = ?2 AND seq > ?3 ORDER BY seq`, c.d.Device, stream[:], through)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return 0, err
		}
		if seq != through+1 {
			break
		}
		through = seq
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	if through == before {
		return uint64(through), nil
	}
	_, err = c.ExecContext(ctx, `INSERT INTO streams (device, stream, through) VALUES (?, ?, ?)
		ON CONFLICT (device, stream) DO UPDATE SET through = excluded.through`, c.d.Device, stream[:], through)
	return uint64(through), err
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
