package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"muster/attendance"
)

// few is how many rows are looked at one by one rather than asked for together.
const few = 8

// instant is the time that is told of a row.
type instant struct {
	at, width int64
	source    attendance.TimeSource
}

// toldOf is what is told of rows, by their ids alone: whose they are is looked at afterwards,
// so that no index over all that an organisation has is taken for the better one.
const toldOf = `SELECT id, at, uncertainty, clock_source, org, device FROM punches WHERE id IN (SELECT value FROM json_each(?))
	UNION ALL SELECT id, at, 0, '', org, device FROM refusals WHERE id IN (SELECT value FROM json_each(?))`

// unchanged returns which rows are told to have been when they were reckoned to have
// been, by id. Where the cloud's clock is wrong, thousands of rows are reckoned anew with
// each that comes, and hardly one changes. It may leave out some.
func (c *courier) unchanged(ctx context.Context, all []reckoned) (map[string]bool, error) {
	same := map[string]bool{}
	if len(all) <= few {
		return same, nil
	}
	moments := make(map[string]attendance.Moment, len(all))
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.row.ID.String()
		moments[ids[i]] = a.at
	}
	type one struct {
		id string
		instant
		org    attendance.OrgID
		device attendance.DeviceID
	}
	for some := range slices.Chunk(ids, 10_000) {
		these := list(some)
		found, err := collect(ctx, c, func(r *sql.Rows, v *one) error { return r.Scan(&v.id, &v.at, &v.width, &v.source, &v.org, &v.device) }, toldOf, these, these)
		if err != nil {
			return nil, fmt.Errorf("look at what is told: %w", err)
		}
		for _, f := range found {
			if f.org != c.d.Org || f.device != c.d.Device {
				continue // somebody else took its id
			}
			m := moments[f.id]
			if now := (instant{m.At.UnixMicro(), microsOf(m.Uncertainty), m.Source}); f.instant == now || f.source == "" && f.at == now.at {
				same[f.id] = true
			}
		}
	}
	return same, nil
}
