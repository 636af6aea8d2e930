// Package outbox brings the journal's rows to the cloud. A row stays until the
// cloud has said, after its own commit, that it has it; whatever the broker
// says counts for nothing.
package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/internal/failpoint"
	"muster/sync/wire"
)

// Store holds the rows.
type Store interface {
	// Unconfirmed returns rows in order, numbered after one and not after another.
	Unconfirmed(ctx context.Context, after, upTo uint64, limit int) ([]device.Row, error)
	// Confirm records what the cloud has.
	Confirm(ctx context.Context, stream uuid.UUID, through uint64, sparse []uint64) error
}

// maxBytes is how much of a message is filled with rows; what surrounds them is
// well below the rest.
const maxBytes = wire.MaxMessage / 2

// Outbox is one connection's sending of one stream. Make one with New for each
// connection; it is used by one goroutine.
type Outbox struct {
	store  Store
	stream uuid.UUID
	window *Window
	send   func([]byte) error
}

// New returns an outbox for a stream that ends at head. send publishes a batch;
// it may block for as long as the line takes.
func New(store Store, limits Limits, stream uuid.UUID, head uint64, send func([]byte) error) *Outbox {
	return &Outbox{store: store, stream: stream, window: NewWindow(limits, head), send: send}
}

// Send sends whatever has room, after the journal has grown to head.
func (o *Outbox) Send(ctx context.Context, head uint64, now time.Time) error {
	o.window.Grow(head)
	for {
		want, ok := o.window.Next()
		if !ok {
			return nil
		}
		rows, err := o.store.Unconfirmed(ctx, want.After, want.UpTo, want.Limit)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		batch, seqs := pack(rows, want.Backlog)
		o.window.Sent(want, seqs, len(seqs) == len(rows) && (len(rows) < want.Limit || want.again), now)
		if len(seqs) == 0 {
			continue
		}
		body, err := proto.Marshal(batch)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		failpoint.Pass(failpoint.Sending)
		if err := o.send(body); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		failpoint.Pass(failpoint.Sent)
	}
}

// pack puts as many rows into a message as fit, one at least.
func pack(rows []device.Row, backlog bool) (*wire.JournalBatch, []uint64) {
	batch := &wire.JournalBatch{Backlog: backlog}
	var seqs []uint64
	size := 0
	for _, row := range rows {
		m := wire.FromRow(row)
		if size += proto.Size(m) + 8; size > maxBytes && len(seqs) > 0 {
			break
		}
		batch.Rows, seqs = append(batch.Rows, m), append(seqs, row.Seq)
	}
	return batch, seqs
}

// Confirmed takes the cloud's word for rows. Only after the store has it too is
// there room for more. ahead is set when the cloud has rows of this stream that
// the journal has never written: the tablet was restored from an old copy.
func (o *Outbox) Confirmed(ctx context.Context, ack *wire.JournalAck, head uint64) (ahead bool, err error) {
	stream, err := uuid.FromBytes(ack.GetStream())
	if err != nil {
		return false, fmt.Errorf("outbox: acknowledgement: %w", err)
	}
	if stream == o.stream && newest(ack) > head {
		return true, nil
	}
	failpoint.Pass(failpoint.Acknowledged)
	if err := o.store.Confirm(ctx, stream, ack.GetThrough(), ack.GetSparse()); err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	failpoint.Pass(failpoint.Confirmed)
	if stream == o.stream {
		o.window.Confirmed(ack.GetThrough(), ack.GetSparse())
	}
	return false, nil
}

func newest(ack *wire.JournalAck) uint64 {
	n := ack.GetThrough()
	for _, seq := range ack.GetSparse() {
		n = max(n, seq)
	}
	return n
}

// Deadline returns when Check has something to do; zero: not by itself.
func (o *Outbox) Deadline() time.Time { return o.window.Deadline() }

// Check has rows sent again that the cloud has not confirmed in time; lost is
// set when the connection is to be given up.
func (o *Outbox) Check(now time.Time) (lost bool) { return o.window.Check(now) }
