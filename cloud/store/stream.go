package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/device"
)

// receipts tells what is safe now of each stream of the delivery.
func (c *courier) receipts(ctx context.Context) error {
	for _, s := range c.d.Standing {
		c.seqs[s.Stream] = append([]uint64(nil), c.seqs[s.Stream]...) // it gets a receipt, rows or not
	}
	for stream, seqs := range c.seqs {
		through, known := c.ended[stream]
		if !known {
			var err error
			if through, err = c.advance(ctx, stream); err != nil {
				return fmt.Errorf("advance stream %s: %w", stream, err)
			}
		}
		more, err := c.settledBehind(ctx, stream, through)
		if err != nil {
			return fmt.Errorf("look behind the gap of stream %s: %w", stream, err)
		}
		seqs = append(seqs, more...)
		slices.Sort(seqs)
		seqs = slices.Compact(seqs)
		receipt := device.Receipt{Stream: stream, Through: through, Forked: c.forked[stream]}
		if err := c.nameAside(ctx, &receipt, seqs); err != nil {
			return fmt.Errorf("look aside from stream %s: %w", stream, err)
		}
		again, err := c.lacks(ctx, stream, through)
		if err != nil {
			return fmt.Errorf("look back over stream %s: %w", stream, err)
		}
		if again {
			if err := c.setBackSince(ctx, stream, through); err != nil {
				return err
			}
		}
		first, _ := slices.BinarySearch(seqs, receipt.Through+1)
		receipt.Sparse, receipt.Again = slices.Clone(seqs[first:]), again
		if err := c.vouch(ctx, &receipt); err != nil {
			return fmt.Errorf("look at stream %s: %w", stream, err)
		}
		c.out.Receipts = append(c.out.Receipts, receipt)
	}
	if c.d.Asks {
		if err := c.found(ctx); err != nil {
			return err
		}
	}
	slices.SortFunc(c.out.Receipts, func(a, b device.Receipt) int { return bytes.Compare(a.Stream[:], b.Stream[:]) })
	return nil
}

// advance moves the point up to which a stream has no gap as far as it goes.
// What lies in quarantine is kept as well and leaves no gap, but for what was put
// aside because it doesn't belong there: the row that does may still come.
func (c *courier) advance(ctx context.Context, stream uuid.UUID) (uint64, error) {
	var before int64
	err := c.hot.one(ctx, `SELECT through FROM streams WHERE device = ? AND stream = ?`, []any{c.d.Device, stream[:]}, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	through, err := c.gap(ctx, stream, before)
	if err != nil || through == before {
		return uint64(through), err
	}
	_, err = c.hot.exec(ctx, `INSERT INTO streams (device, stream, through) VALUES (?, ?, ?)
		ON CONFLICT (device, stream) DO UPDATE SET through = excluded.through`, c.d.Device, stream[:], through)
	return uint64(through), err
}

// Portions in which is looked for a gap: a batch of an ordinary tablet first.
const (
	firstPortion   = 64
	largestPortion = 4096
)

// notOurs are the reasons for which a row lies in quarantine that another stands or
// will stand in the place of. The tablet that told it is told so, and tells all it
// has again in a new stream.
const notOurs = `('clone', 'broken-chain')`

// noPlace are the reasons for which what lies in quarantine leaves a gap in the
// journal: the row that belongs there may still come.
const noPlace = `('clone', 'broken-chain', '` + device.ReasonUnsigned + `')`

// nextSeqs are the numbers behind ?3 that are here, at most ?4 of the raw log and
// as many of the quarantine. Each is read from an index in its order and no
// further: behind a gap there may be a year.
const nextSeqs = `SELECT seq FROM (SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4) AS kept
	UNION ALL SELECT seq FROM (SELECT seq FROM quarantine WHERE device = ?1 AND stream = ?2 AND seq > ?3 AND reason NOT IN ` + noPlace + ` ORDER BY seq LIMIT ?4) AS aside ORDER BY seq`

// gap returns the last seq before the first gap after through.
func (c *courier) gap(ctx context.Context, stream uuid.UUID, through int64) (int64, error) {
	for portion := firstPortion; ; portion = min(portion*4, largestPortion) {
		end, n, err := c.walk(ctx, stream, through, portion)
		// Where a portion was filled there may be more, and what ended the walk may be
		// its end.
		if err != nil || end == through || n < portion {
			return end, err
		}
		through = end
	}
}

// walk goes on from through as long as one seq follows another, within a portion,
// and tells how many it saw.
func (c *courier) walk(ctx context.Context, stream uuid.UUID, through int64, portion int) (end int64, seen int, err error) {
	rows, err := c.hot.query(ctx, nextSeqs, c.d.Device, stream[:], through, portion)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for ; rows.Next(); seen++ {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return 0, 0, err
		}
		if seq == through+1 {
			through = seq
		}
	}
	return through, seen, rows.Err()
}
