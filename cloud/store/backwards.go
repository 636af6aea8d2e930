package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"muster/device"
)

// tick is a moment by the clock that nobody can set: which boot, and microseconds
// since it.
type tick struct {
	boot string
	mono int64
}

func tickOf(r device.Row) tick { return tick{r.Clock.BootID, r.Clock.Monotonic.Microseconds()} }

// backTo tells whether the clock ran backwards from t to the next row's.
func (t tick) backTo(next tick) bool { return t.boot == next.boot && next.mono < t.mono }

// runsBackwards tells whether at a row the clock that nobody can set has run
// backwards: against the row before, or the row after where that was here first.
// Then there are two who write this stream.
func (c *courier) runsBackwards(ctx context.Context, r device.Row) (bool, error) {
	if !c.beside(r, -1) {
		before, ok, err := c.tickAt(ctx, r.Stream, r.Seq-1)
		if err != nil || ok && before.backTo(tickOf(r)) {
			return ok, err
		}
	} else if tickOf(c.last).backTo(tickOf(r)) {
		return true, nil
	}
	if c.beside(r, +1) {
		return false, nil // that one will be compared with this
	}
	after, ok, err := c.tickAt(ctx, r.Stream, r.Seq+1)
	return ok && tickOf(r).backTo(after), err
}

// beside tells whether the row before (-1) or after (+1) comes with the same
// delivery, right beside this one.
func (c *courier) beside(r device.Row, side int) bool {
	if side < 0 {
		return c.last.Stream == r.Stream && c.last.Seq != 0 && c.last.Seq+1 == r.Seq
	}
	return c.next != nil && c.next.Stream == r.Stream && c.next.Seq == r.Seq+1
}

func (c *courier) tickAt(ctx context.Context, stream uuid.UUID, seq uint64) (t tick, ok bool, err error) {
	err = c.hot.one(ctx, `SELECT boot, monotonic FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`,
		[]any{c.d.Device, stream[:], int64(seq)}, &t.boot, &t.mono) //nolint:gosec // below 1<<62
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return t, false, nil
	case err != nil:
		return t, false, fmt.Errorf("look at the row beside: %w", err)
	}
	return t, true, nil
}
