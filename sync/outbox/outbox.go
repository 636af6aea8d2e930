// Package outbox brings the journal's rows to the cloud. A row stays until the
// cloud has said, after its own commit, that it has it; whatever the broker
// says counts for nothing.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	// Hash returns the hash of a row; ok is false where the row is not there any more.
	Hash(ctx context.Context, stream uuid.UUID, seq uint64) (h device.Hash, ok bool, err error)
	// BodySum returns wire.BodySum of what is sent for a place: a row, or what is left of
	// one that is damaged; ok is false where there is nothing.
	BodySum(ctx context.Context, stream uuid.UUID, seq uint64) (sum device.Hash, ok bool, err error)
	Ledger
}

// ErrLeftBehind says that rows of a stream that is over wait: the journal is to go
// on in a new stream, which takes them along.
var ErrLeftBehind = errors.New("rows of an older stream wait")

// Ledger is how the tablet stands with the cloud.
type Ledger interface {
	// Standing lists the streams of which there are rows; the newest comes last.
	Standing(ctx context.Context) ([]device.Standing, error)
	// Bygone tells what was settled of streams of which there are no rows any more: what
	// came behind it was told again in another one.
	Bygone(ctx context.Context) ([]device.Standing, error)
	// Rewind takes back what was confirmed beyond through; moved: there was some.
	Rewind(ctx context.Context, stream uuid.UUID, through uint64) (moved bool, err error)
	// Behind lists what is confirmed of a stream behind a gap that nothing closes any
	// more: what is still here, in order, and what was pruned.
	Behind(ctx context.Context, stream uuid.UUID) (here, gone []device.Span, err error)
}

// maxBytes is how much of a message is filled with rows; what surrounds them is
// well below the rest.
const maxBytes = wire.MaxMessage / 2

// Outbox is one connection's sending of one stream. Make one with New for each
// connection; it is used by one goroutine.
type Outbox struct {
	store  Store
	stream uuid.UUID
	limits Limits
	window *Window
	send   func([]byte) error
	// At first, and until there is an answer, the outbox asks how things stand,
	// though there may be no rows.
	answered bool
	ask      time.Time // when to ask next
	asked    int       // how often
}

// New returns an outbox for a stream that ends at head. send publishes a batch;
// it may block for as long as the line takes.
func New(store Store, limits Limits, stream uuid.UUID, head uint64, send func([]byte) error) *Outbox {
	return &Outbox{store: store, stream: stream, limits: limits, window: NewWindow(limits, head), send: send}
}

// Send sends whatever has room, after the journal has grown to head. At first it
// asks how things stand, so that a cloud or a tablet that was restored from a
// backup is found out though nobody taps.
func (o *Outbox) Send(ctx context.Context, head uint64, now time.Time) error {
	if err := o.askHowThingsStand(ctx, now); err != nil {
		return err
	}
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
		if err := o.publish(ctx, batch); err != nil {
			return err
		}
	}
}

func (o *Outbox) askHowThingsStand(ctx context.Context, now time.Time) error {
	if o.answered || now.Before(o.ask) {
		return nil
	}
	standing, err := o.store.Standing(ctx)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if len(standing) == 0 {
		o.answered = true // there is nothing that could be restored
		return nil
	}
	o.ask = now.Add(o.limits.Patience << min(o.asked, 5))
	o.asked++
	told, err := o.old(ctx, standing)
	if err != nil {
		return err
	}
	for {
		n := min(len(told), wire.MaxStandings-1)
		if err := o.publish(ctx, &wire.JournalBatch{Standing: told[:n:n]}); err != nil {
			return err
		}
		if told = told[n:]; len(told) == 0 {
			return nil
		}
	}
}

// old tells of the streams that are over what the tablet takes for settled, in as
// many pieces as it needs: a memory that is damaged again and again leaves many, and
// a cloud reads only so much of one message. Of those of which it has nothing any more
// it tells here alone: there is nothing to be sent again, only an alarm to be raised.
func (o *Outbox) old(ctx context.Context, standing []device.Standing) (told []*wire.Standing, err error) {
	for _, s := range standing[:len(standing)-1] { // the last one's gaps close
		here, gone, err := o.store.Behind(ctx, s.Stream)
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		for first := true; first || len(here)+len(gone) > 0; first = false {
			piece := stand(s, true)
			// What is gone first: the answer to the other may be that all is told anew.
			piece.Gone, gone = some(gone, wire.MaxBehind)
			piece.Behind, here = some(here, wire.MaxBehind-len(piece.Gone)/2)
			told = append(told, piece)
		}
	}
	bygone, err := o.store.Bygone(ctx)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	for _, s := range bygone {
		told = append(told, stand(s, true))
	}
	return told, nil
}

// stand is what is said of a stream; of what was pruned only where the batch asks.
func stand(s device.Standing, asks bool) *wire.Standing {
	m := &wire.Standing{Stream: s.Stream[:], Through: s.Through, Oldest: s.Oldest}
	if asks && s.Before != (device.Hash{}) {
		m.Before = s.Before[:]
	}
	return m
}

// some takes the first of some stretches, as they are sent.
func some(spans []device.Span, most int) (pairs []uint64, rest []device.Span) {
	n := min(len(spans), most)
	for _, span := range spans[:n] {
		pairs = append(pairs, span.From, span.To)
	}
	return pairs, spans[n:]
}

// publish sends a batch, with how the tablet stands: the current stream first, and
// of those that are over what a cloud reads, unless the batch asks about some.
func (o *Outbox) publish(ctx context.Context, batch *wire.JournalBatch) error {
	standing, err := o.store.Standing(ctx)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	asks := batch.Standing
	batch.Standing = nil
	for i, s := range slices.Backward(standing) {
		if i < len(standing)-1 && s.Last > s.Through {
			return fmt.Errorf("outbox: %w", ErrLeftBehind)
		}
		if i == len(standing)-1 || len(asks) == 0 && len(batch.GetStanding()) < wire.MaxStandings {
			batch.Standing = append(batch.Standing, stand(s, len(batch.GetRows()) == 0))
		}
	}
	batch.Standing = append(batch.Standing, asks...)
	body, err := proto.Marshal(batch)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	failpoint.Pass(failpoint.Sending)
	if err := o.send(body); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	failpoint.Pass(failpoint.Sent)
	return nil
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
// there room for more. restart is set when the journal is to go on in a new
// stream: the cloud has other rows where this journal's belong, or rows that it
// has never written, because the tablet was restored from an old copy.
//
// Which rows the cloud means is told by their hashes. Numbers alone don't tell:
// another tablet may go on from a copy of this one's data, or this one from an
// older copy of its own, and the rows that the cloud has under these numbers are
// then others than those that stand here; that they were sent is no proof either,
// for they may have been lost on the way. A hash is one of the whole chain before
// it, it needs nothing to be remembered of what was sent before a restart, and a
// cloud that gives none is believed only about what this connection has sent.
func (o *Outbox) Confirmed(ctx context.Context, ack *wire.JournalAck, head uint64) (restart bool, err error) {
	stream, err := uuid.FromBytes(ack.GetStream())
	if err != nil {
		return false, fmt.Errorf("outbox: acknowledgement: %w", err)
	}
	current := stream == o.stream
	if ack.GetForked() || current && newest(ack) > head {
		return current, nil // what it says of a stream that was left is of no use
	}
	t, err := o.vouched(ctx, stream, ack)
	if err != nil {
		return false, err
	}
	if !t.mine {
		if !current && ack.GetAsked() {
			err = o.rewind(ctx, stream, 0, head) // what it was told about this stream is of no use
		}
		return current, err
	}
	if end, back := takesBack(t, ack); back {
		if err := o.rewind(ctx, stream, end, head); err != nil {
			return false, err
		}
	}
	failpoint.Pass(failpoint.Acknowledged)
	if err := o.store.Confirm(ctx, stream, t.through, t.sparse); err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	failpoint.Pass(failpoint.Confirmed)
	if !current {
		return false, nil
	}
	o.window.Confirmed(t.through, t.sparse)
	agrees, err := o.agrees(ctx, ack.GetThrough())
	o.answered = agrees && (o.answered || ack.Asked == nil || ack.GetAsked())
	return false, err
}

// takesBack tells how far what was settled still is, where the cloud has lost some of it.
func takesBack(t told, ack *wire.JournalAck) (through uint64, back bool) {
	through = ack.GetThrough()
	if t.foreign > 0 && (t.foreign <= through || !ack.GetAgain()) {
		return t.foreign - 1, true
	}
	return through, ack.GetAgain()
}

// agrees tells whether the cloud has as much as the tablet takes for settled. It
// may not, though it has not been asked since: rows behind a gap that it lost, and
// a gap that has closed meanwhile. An old answer that comes late looks the same.
// Either way it is asked once more.
func (o *Outbox) agrees(ctx context.Context, through uint64) (bool, error) {
	standing, err := o.store.Standing(ctx)
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	return len(standing) == 0 || standing[len(standing)-1].Through <= through, nil
}

// rewind has everything beyond through sent again. Rows of a stream that is over
// are left behind, and found at the next sending.
func (o *Outbox) rewind(ctx context.Context, stream uuid.UUID, through, head uint64) error {
	moved, err := o.store.Rewind(ctx, stream, through)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if moved && stream == o.stream {
		o.window = NewWindow(o.limits, head)
	} else if moved {
		o.answered, o.ask = false, time.Time{}
	}
	return nil
}

func newest(ack *wire.JournalAck) uint64 {
	n := ack.GetThrough()
	for _, seq := range ack.GetSparse() {
		n = max(n, seq)
	}
	return n
}

// Deadline returns when Check or Send has something to do; zero: not by itself.
func (o *Outbox) Deadline() time.Time {
	at := o.window.Deadline()
	if !o.answered && (at.IsZero() || o.ask.Before(at)) {
		return o.ask
	}
	return at
}

// Check has rows sent again that the cloud has not confirmed in time; lost is
// set when the connection is to be given up.
func (o *Outbox) Check(now time.Time) (lost bool) { return o.window.Check(now) }
