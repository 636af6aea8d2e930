package store

import (
	"context"
	"errors"
	"time"

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
				moments[r.ID] = c.putOff(r)
			}
			if high == 0 { // they are in order
				low = first - min(first, horizon)
			}
			high, err = last+horizon, nil
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

// timed tells whether what a row of a kind does is done anew, or at last, once it is known
// when it happened.
func timed(kind device.Kind) bool {
	return kind == device.KindPunch || kind == device.KindRefusal || kind == device.KindAnswer || kind == device.KindOrder
}

// putOff is when a row is told to have happened until that is looked at: not after the cloud
// had it. What is decided by that once and for all waits in quarantine, for it is no time.
func (c *courier) putOff(r device.Row) attendance.Moment {
	m := attendance.Moment{At: r.Clock.Cloud(), Uncertainty: -1, Source: attendance.Unconfirmed}
	switch {
	case r.Kind == device.KindAnswer || r.Kind == device.KindOrder:
		m.At = time.Time{}
	case m.At.After(c.d.Received) && !c.d.Received.IsZero():
		m.At, m.Source = c.d.Received, attendance.Bounded
	}
	return m
}
