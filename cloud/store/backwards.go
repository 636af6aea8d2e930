package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// tick is a moment by the clock that nobody can set, which boot and microseconds
// since it, with what the row's other clock says.
type tick struct {
	boot  string
	mono  int64
	trust attendance.Trust // TrustEstimated where nothing shows that it is wrong, see wellCompared
	at    int64            // by the cloud's clock, if trust says so
}

// wellCompared tells of a row in the raw log what attendance.Stamp.Compared tells.
const wellCompared = `(trust = 1 AND device_time + clock_offset >= 1577836800000000 AND device_time + clock_offset - uncertainty <= received_at + 5000000)`

func tickOf(r device.Row) tick {
	return tick{r.Clock.BootID, r.Clock.Monotonic.Microseconds(), r.Clock.Trust, r.Clock.Cloud().UnixMicro()}
}

// backTo tells whether the clock ran backwards from t to the next row's.
func (t tick) backTo(next tick) bool { return t.boot == next.boot && next.mono < t.mono }

// leadsTo tells whether two rows beside each other agree about the time, so that
// neither needs the other's.
func (t tick) leadsTo(next tick) bool {
	return t.trust == attendance.TrustEstimated && next.trust == attendance.TrustEstimated && (t.boot != next.boot || t.at <= next.at)
}

// later is attendance.Later for two rows; 0 for those of which nothing can be said.
func (t tick) later(next tick) time.Duration {
	if t.boot != next.boot || t.boot == "" || t.trust != attendance.TrustEstimated || next.trust != attendance.TrustEstimated {
		return 0
	}
	return later(next.at-t.at, next.mono-t.mono)
}

// later is attendance.Later for microseconds, however many.
func later(cloud, monotonic int64) time.Duration {
	const most = int64(200 * 365 * 24 * time.Hour / time.Microsecond)
	us := func(n int64) time.Duration { return time.Duration(max(-most, min(n, most))) * time.Microsecond }
	return attendance.Later(us(cloud), us(monotonic))
}

// agrees tells whether the cloud's clock went on between the comparisons of two rows as
// the clock did that nobody can set. Where it did not, what the whole boot says counts.
func (t tick) agrees(next tick) bool { return t.later(next) == 0 }

// stands tells whether a row is told to have been when it was compared to have been: not
// where that contradicts most of its boot.
func (t tick) stands(told int64) bool {
	by := t
	by.at = told
	return t.later(by) == 0
}

// runsBackwards tells whether at a row the clock that nobody can set has run
// backwards: against the row before, or the row after where that was here first.
// Then there are two who write this stream. before and after are the rows beside
// it in the same delivery, if there are any.
func (c *courier) runsBackwards(ctx context.Context, before, r, after *device.Row) (bool, error) {
	if beside(before, r) {
		if tickOf(*before).backTo(tickOf(*r)) {
			return true, nil
		}
	} else if t, ok, err := c.tickAt(ctx, r.Stream, r.Seq-1); err != nil || ok && t.backTo(tickOf(*r)) {
		return ok, err
	}
	if beside(r, after) {
		return false, nil // that one will be compared with this
	}
	t, ok, err := c.tickAt(ctx, r.Stream, r.Seq+1)
	return ok && tickOf(*r).backTo(t), err
}

func beside(a, b *device.Row) bool {
	return a != nil && b != nil && a.Stream == b.Stream && a.Seq+1 == b.Seq
}

func (c *courier) tickAt(ctx context.Context, stream uuid.UUID, seq uint64) (t tick, ok bool, err error) {
	_, ok, err = c.tickOne(ctx, &t, `seq = ?`, stream, seq)
	return t, ok, err
}

// tickBefore returns the tick of the nearest row before one, and which that is.
func (c *courier) tickBefore(ctx context.Context, stream uuid.UUID, seq uint64) (t tick, of uint64, ok bool, err error) {
	of, ok, err = c.tickOne(ctx, &t, `seq < ? ORDER BY seq DESC LIMIT 1`, stream, seq)
	return t, of, ok, err
}

// tickAfter returns the tick of the nearest row after one, and which that is.
func (c *courier) tickAfter(ctx context.Context, stream uuid.UUID, seq uint64) (t tick, of uint64, ok bool, err error) {
	of, ok, err = c.tickOne(ctx, &t, `seq > ? ORDER BY seq LIMIT 1`, stream, seq)
	return t, of, ok, err
}

func (c *courier) tickOne(ctx context.Context, t *tick, which string, stream uuid.UUID, seq uint64) (of uint64, ok bool, err error) {
	err = c.hot.one(ctx, `SELECT boot, monotonic, CASE WHEN `+wellCompared+` THEN 1 ELSE 0 END, device_time + clock_offset, seq FROM raw_rows WHERE device = ? AND stream = ? AND `+which,
		[]any{c.d.Device, stream[:], int64(seq)}, &t.boot, &t.mono, &t.trust, &t.at, &of) //nolint:gosec // below 1<<62
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("look at the row beside: %w", err)
	}
	return of, true, nil
}
