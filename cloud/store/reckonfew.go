package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"muster/attendance"
)

// clocks is what a row of the raw log says of its time.
const clocks = `SELECT seq, device_time, monotonic, boot, clock_offset, uncertainty, trust, received_at FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`

// reckonFew is reckon for the rows from one seq to another alone. Hundreds of thousands may
// tell when these happened, where none of them was compared: they are gone through a page at
// a time, and few are kept.
func (c *courier) reckonFew(ctx context.Context, stream uuid.UUID, from, to uint64) ([]reckoned, error) {
	v := c.tally(stream)
	_, _, first, last, err := c.spans(ctx, stream, from, to, v)
	if err != nil {
		return nil, err
	}
	c.looked(first, last)
	var g attendance.Gist
	err = c.eachClock(ctx, stream, first, last, func(seq uint64, s attendance.Stamp) (more bool) {
		s.Outvoted = v.outvoted(seq)
		return g.Add(s, seq >= from && seq <= to)
	})
	if err != nil {
		return nil, fmt.Errorf("look at clocks: %w", err)
	}
	rows, stamps, err := c.stretch(ctx, stream, from, to)
	if err != nil {
		return nil, err
	}
	few := make([]reckoned, len(rows))
	for i, m := range g.Moments() {
		few[i] = reckoned{rows[i], m, micros(stamps[i].Received)}
	}
	return few, nil
}

// eachClock gives what the rows from one to another say of their times, in their order, until
// f has enough.
func (c *courier) eachClock(ctx context.Context, stream uuid.UUID, from, to uint64, f func(uint64, attendance.Stamp) (more bool)) error {
	type one struct {
		seq uint64
		attendance.Stamp
	}
	size := 4 * int(c.atOnce) //nolint:gosec // some thousands
	page := make([]one, 0, size)
	for from <= to {
		rows, err := c.hot.query(ctx, clocks, c.d.Device, stream[:], int64(from), int64(to), size) //nolint:gosec // below 1<<62, and a little
		if err != nil {
			return err
		}
		page = page[:0]
		boot := ""
		for rows.Next() {
			var v storedRow
			if err := rows.Scan(&v.seq, &v.at, &v.mono, &v.boot, &v.offset, &v.width, &v.trust, &v.received); err != nil {
				_ = rows.Close() //nolint:errcheck // what went wrong is known
				return err
			}
			if v.boot == boot {
				v.boot = boot // one text for all of a boot
			}
			boot = v.boot
			page = append(page, one{uint64(v.seq), attendance.Stamp{Clock: v.clock(), Received: fromMicros(v.received)}}) //nolint:gosec // it went in as one
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, r := range page {
			if !f(r.seq, r.Stamp) {
				return c.spend(len(page))
			}
		}
		if err := c.spend(len(page)); err != nil || len(page) < size {
			return err
		}
		from = page[len(page)-1].seq + 1
	}
	return nil
}
