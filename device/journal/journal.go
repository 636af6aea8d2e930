// Package journal is the append-only log of everything this tablet has to tell:
// one row each, numbered without gaps, chained by hashes, stamped with all that
// is known about the time. A row is committed together with its effect before
// anybody is told that it happened.
package journal

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Store keeps the rows.
type Store interface {
	// Head returns the newest row of the current stream; Seq is 0 if there is none.
	Head(ctx context.Context) (device.Row, error)
	// Append commits rows and what the last of them changes, all or nothing.
	Append(ctx context.Context, effect device.Effect, rows ...device.Row) error
	// Restream begins a new stream with the rows that it has to tell.
	Restream(ctx context.Context) error
}

// Journal writes the rows of one stream. Make one with Open; it is safe for use
// by many goroutines.
type Journal struct {
	store Store
	clock *Clock

	mu    sync.Mutex
	head  device.Row
	stale bool // an append failed: what the store has must be read again
	doubt bool // the newest row's time is not sure, and later rows have not made it so
	more  chan struct{}
}

// Open goes on where the stream ends.
func Open(ctx context.Context, store Store, clock *Clock) (*Journal, error) {
	head, err := store.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return &Journal{store: store, clock: clock, head: head, doubt: unsure(head), more: make(chan struct{}, 1)}, nil
}

// Now reads the clock without writing anything.
func (j *Journal) Now() attendance.ClockReading { return j.clock.Read() }

// Append writes one row and commits it with its effect. A punch in the effect
// gets its id and time from the row. When Append returns an error nothing has
// been stored.
func (j *Journal) Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(payload)
	if err != nil {
		return device.Row{}, fmt.Errorf("journal %s: %w", kind, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	row, err := j.write(ctx, kind, body, effect)
	if err != nil {
		return device.Row{}, fmt.Errorf("journal %s: %w", kind, err)
	}
	select {
	case j.more <- struct{}{}:
	default:
	}
	return row, nil
}

func (j *Journal) write(ctx context.Context, kind device.Kind, body []byte, effect device.Effect) (device.Row, error) {
	if j.stale {
		head, err := j.store.Head(ctx)
		if err != nil {
			return device.Row{}, err
		}
		j.head, j.stale = head, false
	}
	reading := j.clock.Read()
	var rows []device.Row
	head := j.head
	step, stepped := j.clock.step()
	if stepped && kind != device.KindClock {
		told, err := proto.Marshal(&wire.ClockPayload{StepUs: step.Microseconds()})
		if err != nil {
			return device.Row{}, err
		}
		if head, err = next(head, device.KindClock, told, reading); err != nil {
			return device.Row{}, err
		}
		rows = append(rows, head)
	}
	row, err := next(head, kind, body, reading)
	if err != nil {
		return device.Row{}, err
	}
	if effect.Punch != nil {
		p := *effect.Punch
		p.ID, p.Clock, p.At = attendance.PunchID(row.ID.String()), row.Clock, row.Clock.Cloud()
		effect.Punch = &p
	}
	if err := j.store.Append(ctx, effect, append(rows, row)...); err != nil {
		j.stale = true
		return device.Row{}, err
	}
	if stepped {
		j.clock.told(step)
	}
	j.head, j.doubt = row, unsure(row)
	return row, nil
}

// unsure tells whether a row's clock was not compared with the cloud's.
func unsure(r device.Row) bool { return r.Seq > 0 && r.Clock.Trust != attendance.TrustEstimated }

// next makes the row that follows another one.
func next(head device.Row, kind device.Kind, body []byte, reading attendance.ClockReading) (device.Row, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return device.Row{}, err
	}
	row := device.Row{Stream: head.Stream, Seq: head.Seq + 1, ID: id, Kind: kind, Payload: body, Clock: reading, Prev: head.Hash}
	row.Hash = row.Sum()
	return row, nil
}

// Restart goes on in a new stream, because the cloud has rows of this one that
// this journal never wrote: it was set back to an older copy of itself.
func (j *Journal) Restart(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stale = true // whatever comes of it
	if err := j.store.Restream(ctx); err != nil {
		return fmt.Errorf("restart the journal: %w", err)
	}
	head, err := j.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("restart the journal: %w", err)
	}
	j.head, j.stale = head, false
	return nil
}

// Look reads the clock and writes a row if somebody has set it, or if it has been
// compared with the cloud since rows were written whose time is not sure: by that
// row the cloud can put them right. It is called now and then, so that this is
// told even when nobody taps.
func (j *Journal) Look(ctx context.Context) error {
	reading := j.clock.Read()
	j.mu.Lock()
	defer j.mu.Unlock()
	step, stepped := j.clock.step()
	compared := j.doubt && reading.Trust == attendance.TrustEstimated && reading.BootID == j.head.Clock.BootID
	if !stepped && !compared {
		return nil
	}
	body, err := proto.Marshal(&wire.ClockPayload{StepUs: step.Microseconds()})
	if err != nil {
		return fmt.Errorf("journal the clock: %w", err)
	}
	if _, err := j.write(ctx, device.KindClock, body, device.Effect{}); err != nil {
		return fmt.Errorf("journal the clock: %w", err)
	}
	select {
	case j.more <- struct{}{}:
	default:
	}
	return nil
}

// Head returns the number of the newest row.
func (j *Journal) Head() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head.Seq
}

// Stream returns the stream that rows are written to.
func (j *Journal) Stream() uuid.UUID {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head.Stream
}

// More receives after rows were added. One receive may stand for many rows.
func (j *Journal) More() <-chan struct{} { return j.more }
