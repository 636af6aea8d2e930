package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"muster/attendance"
)

// redateAtOnce is how many rows a delivery tells anew by itself, which come before the one
// that it brings or after it; what is beyond waits in redatings. A tablet's rows must be kept
// in seconds whatever they show of thousands before them.
const redateAtOnce = 1000

// owe has rows told anew later, see Redate.
func (c *courier) owe(ctx context.Context, stream uuid.UUID, low, high uint64) error {
	_, err := c.ExecContext(ctx, `INSERT INTO redatings (device, stream, org, low, high, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (device, stream) DO UPDATE SET
		low = CASE WHEN excluded.low < redatings.low THEN excluded.low ELSE redatings.low END,
		high = CASE WHEN excluded.high > redatings.high THEN excluded.high ELSE redatings.high END`,
		c.d.Device, stream[:], c.d.Org, int64(low), int64(high), micros(c.now)) //nolint:gosec // they came out as one
	if err != nil {
		return fmt.Errorf("have rows told anew later: %w", err)
	}
	return nil
}

// Redate tells some of the rows anew that wait for it, a thousand in one transaction; more
// is false where none does. What fails lets others go first. What was moved away waits: it
// may be taken back.
func (s *Store) Redate(ctx context.Context) (more bool, err error) {
	var dev attendance.DeviceID
	var org attendance.OrgID
	var id []byte
	err = known(s.read.QueryRowContext(ctx, `SELECT device, org, stream FROM redatings WHERE org NOT IN (SELECT org FROM departures) ORDER BY since, device, stream LIMIT 1`).Scan(&dev, &org, &id))
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for rows to be told anew: %w", err)
	}
	stream, err := uuid.FromBytes(id)
	if err != nil {
		return false, fmt.Errorf("rows to be told anew: %w", err)
	}
	err = s.changeLocked(ctx, func(t *tx) error {
		c, err := t.mender(ctx, org, dev)
		if err != nil {
			return err
		}
		return c.redate(ctx, stream)
	})
	if err == nil {
		return true, nil
	}
	later := s.changeLocked(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE redatings SET since = ? WHERE device = ? AND stream = ?`, micros(t.now), dev, id)
		return err
	})
	return true, errors.Join(fmt.Errorf("tell rows of %s anew: %w", dev, err), later)
}

// redate tells the next rows of a stream anew.
func (c *courier) redate(ctx context.Context, stream uuid.UUID) error {
	var low, high uint64
	err := known(c.QueryRowContext(ctx, `SELECT low, high FROM redatings WHERE device = ? AND stream = ?`, c.d.Device, stream[:]).Scan(&low, &high))
	if isNotFound(err) { // another cloud was quicker
		return nil
	}
	if err != nil {
		return err
	}
	to := high // a journal may have gaps of any size: rows count, not numbers between them
	err = known(c.QueryRowContext(ctx, `SELECT seq FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT 1 OFFSET ?`,
		c.d.Device, stream[:], int64(low), int64(high), int64(c.atOnce)-1).Scan(&to)) //nolint:gosec // they came out as such
	if err != nil && !isNotFound(err) {
		return err
	}
	if c.site != "" { // the tablet's organisation is here still
		all, err := c.reckon(ctx, stream, low, to)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.row.Seq < low || a.row.Seq > to {
				continue
			}
			if err := c.retell(ctx, a.row, a.at, a.received); err != nil {
				return fmt.Errorf("row %d: %w", a.row.Seq, err)
			}
		}
	}
	if to < high {
		_, err = c.ExecContext(ctx, `UPDATE redatings SET low = ?, since = ? WHERE device = ? AND stream = ?`, int64(to+1), micros(c.now), c.d.Device, stream[:]) //nolint:gosec // it came out as one
	} else {
		_, err = c.ExecContext(ctx, `DELETE FROM redatings WHERE device = ? AND stream = ?`, c.d.Device, stream[:])
	}
	if err != nil {
		return fmt.Errorf("note what was told anew: %w", err)
	}
	c.tell(c.d.Org, c.out.News...)
	return c.noteRedated(ctx)
}
