package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"muster/device"
)

// vouch adds to a receipt the hashes of the rows of which it speaks. A tablet that
// has others there, because another one goes on from a copy of its data, must not
// take the receipt for its own.
func (c *courier) vouch(ctx context.Context, r *device.Receipt) error {
	known := map[uint64]device.Hash{} // rows that this delivery brought into the log
	for _, row := range c.kept {
		if row.Stream == r.Stream {
			known[row.Seq] = row.Hash
		}
	}
	hash := func(seq uint64) (h device.Hash, err error) {
		if h, ok := known[seq]; ok {
			return h, nil
		}
		if c.group != nil {
			if h, ok := c.group.hash[spot{c.d.Device, r.Stream, seq}]; ok {
				return h, nil
			}
		}
		var b []byte
		err = c.hot.one(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, []any{c.d.Device, r.Stream[:], int64(seq)}, &b) //nolint:gosec // below 1<<62
		if errors.Is(err, sql.ErrNoRows) {
			return h, nil
		}
		copy(h[:], b)
		return h, err
	}
	for _, seq := range r.Sparse {
		h, err := hash(seq)
		if err != nil {
			return err
		}
		r.Hashes = append(r.Hashes, h)
	}
	if r.Through == 0 {
		return nil
	}
	h, err := hash(r.Through)
	if err != nil || h != (device.Hash{}) {
		r.Linked, r.Hash = r.Through, h
		return err
	}
	var seq int64
	var b []byte
	err = c.hot.one(ctx, `SELECT seq, hash FROM raw_rows WHERE device = ? AND stream = ? AND seq < ? ORDER BY seq DESC LIMIT 1`,
		[]any{c.d.Device, r.Stream[:], int64(r.Through)}, &seq, &b) //nolint:gosec // below 1<<62
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	r.Linked = uint64(seq) //nolint:gosec // it went in as one
	copy(r.Hash[:], b)
	return err
}

// parted tells whether what came before a row was put aside because others stand
// in its place. Then the row goes the same way: the log would else go on with rows
// that don't follow from those before, and their receipt would be taken for one of
// rows that never came.
func (c *courier) parted(ctx context.Context, stream uuid.UUID, before uint64) (bool, error) {
	var n int
	err := c.hot.one(ctx, `SELECT count(*) FROM quarantine WHERE device = ? AND stream = ? AND seq = ? AND reason IN `+notOurs,
		[]any{c.d.Device, stream[:], int64(before)}, &n) //nolint:gosec // below 1<<62
	return n > 0, err
}
