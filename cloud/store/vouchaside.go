package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"muster/device"
	"muster/sync/wire"
)

// mostAside is how many entries of the quarantine a receipt names, beside those of
// its own delivery. It goes no further than that.
const mostAside = 1000

// onlyAside are the places of a stretch that have nothing but what lies in
// quarantine, in order, with what that is; but for what doesn't belong there.
const onlyAside = `SELECT q.seq, q.body, (SELECT b.hash FROM raw_rows b WHERE b.device = q.device AND b.stream = q.stream AND b.seq = q.seq - 1) FROM quarantine q WHERE q.device = ?1 AND q.stream = ?2 AND q.seq > ?3 AND q.seq <= ?4 AND q.body IS NOT NULL AND q.reason NOT IN ` + notOurs + `
	AND NOT EXISTS (SELECT 1 FROM raw_rows r WHERE r.device = q.device AND r.stream = q.stream AND r.seq = q.seq) ORDER BY q.seq, q.id LIMIT ?5`

// nameAside adds to a receipt which of the places that it speaks of have nothing but
// what lies in quarantine. That counts as told; but by whom, only the tablet can say:
// another one may go on from a copy of its data. seqs are the delivery's, in order.
//
// A tablet that asks hears of all of which it still has the row, also where it was told
// before that it is safe: this database may have been restored from a backup since, and
// the place be filled again with what another one told.
func (c *courier) nameAside(ctx context.Context, r *device.Receipt, seqs []uint64) error {
	after, oldest, settled, told := r.Through, r.Through, r.Through, false
	for _, s := range c.d.Standing {
		if s.Stream == r.Stream {
			after, oldest, settled, told = min(s.Through, after), min(max(s.Oldest, 1)-1, oldest), max(s.Through, settled), true
		}
	}
	if !told {
		after = 0
	}
	if c.group != nil && !c.group.bodies(c.d.Device, r.Stream) {
		r.Asked = told && c.d.Asks // and there are none
		return nil
	}
	var all []device.Aside
	var err error
	if r.AsideAfter = after; told && c.d.Asks {
		r.AsideAfter = min(after, oldest)
		if all, err = c.asides(ctx, r, r.AsideAfter, settled, mostAside+1); err != nil {
			return err
		}
		r.Asked = true
	}
	if !r.Asked || len(all) > mostAside { // too many to name: no more than what is new, as without asking
		r.AsideAfter = after
		if all, err = c.asides(ctx, r, after, r.Through, mostAside+1); err != nil {
			return err
		}
	}
	if len(all) > mostAside {
		// The last place may have more than was read.
		end := all[mostAside].Seq
		all = slices.DeleteFunc(all, func(a device.Aside) bool { return a.Seq >= end })
		r.Through = end - 1
	}
	for _, seq := range seqs {
		if seq <= r.Through {
			continue
		}
		more, err := c.asides(ctx, r, seq-1, seq, mostAside)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	for _, a := range all {
		if n := len(r.Aside); n > 0 && r.Aside[n-1].Seq == a.Seq {
			r.Aside[n-1].Sums = append(r.Aside[n-1].Sums, a.Sums...)
		} else {
			r.Aside = append(r.Aside, a)
		}
	}
	return nil
}

// asides returns what lies only in quarantine of the places behind one and through
// another, each entry by itself.
func (c *courier) asides(ctx context.Context, r *device.Receipt, after, through uint64, limit int) ([]device.Aside, error) {
	if after >= through {
		return nil, nil
	}
	all, err := collect(ctx, c, func(rows *sql.Rows, a *device.Aside) error {
		var body, before []byte
		if err := rows.Scan(&a.Seq, &body, &before); err != nil {
			return err
		}
		copy(a.Before[:], before)
		a.Sums = []device.Hash{sumOf(body)}
		return nil
	}, onlyAside, c.d.Device, r.Stream[:], int64(after), int64(through), limit) //nolint:gosec // below 1<<62
	if err != nil {
		return nil, fmt.Errorf("look into the quarantine: %w", err)
	}
	return all, nil
}

// sumOf is what an entry of the quarantine is known by: a good row by its own hash.
func sumOf(body []byte) device.Hash {
	if d := wire.UnpackBatch(wire.PackBodies([][]byte{body})); len(d.Rows) == 1 {
		return d.Rows[0].Hash
	}
	return wire.BodySum(body)
}
