package store

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// settleParts settles rows of a stream, those together that are near each other. Those for
// which too much would have to be looked at are told later what they are.
func (c *courier) settleParts(ctx context.Context, stream uuid.UUID, rows []device.Row, moments settled) error {
	var low, high uint64
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Seq-rows[n-1].Seq <= electorate {
			n++
		}
		first, last := rows[0].Seq, rows[n-1].Seq
		err := c.resettle(ctx, stream, first, last, moments)
		delete(c.tallies, stream) // who has a say there are others
		if errors.Is(err, errTooMuch) {
			for _, r := range rows[:n] {
				moments[r.ID] = attendance.Moment{At: r.Clock.Cloud(), Uncertainty: -1, Source: attendance.Unconfirmed}
			}
			if high == 0 {
				low = first - min(first, horizon)
			}
			low, high, err = min(low, first-min(first, horizon)), max(high, last+horizon), nil
		}
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	if high > 0 {
		return c.owe(ctx, stream, low, high)
	}
	return nil
}
