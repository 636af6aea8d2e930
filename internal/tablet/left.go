package tablet

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"muster/device/store"
	"muster/internal/protocol"
	"muster/sync/outbox"
	"muster/sync/wire"
)

// leftLimits are small: what was salvaged has waited for long, and people who tap
// now come first.
var leftLimits = outbox.Limits{Batch: 50, Live: 50, Backlog: 100, Patience: 10 * time.Second, Tries: 1 << 30}

// leftBox sends what old streams still have for the cloud, in one session.
type leftBox struct {
	streams []*leftStream
	send    func([]byte) error
}

type leftStream struct {
	store.Left
	box   *outbox.Outbox
	again time.Time // when damaged rows are sent again
	over  bool
}

// leftBox opens what old streams have. There is nothing in it on nearly every
// tablet.
func (o *office) leftBox(ctx context.Context, send func([]byte) error) *leftBox {
	b := &leftBox{send: send}
	left, err := o.tablet.store.Left(ctx)
	if err != nil {
		o.tablet.logger.Error("rows of old streams", "error", err) // the next session tries again
		return b
	}
	for _, l := range left {
		b.streams = append(b.streams, &leftStream{Left: l, box: outbox.New(l, leftLimits, l.Stream, l.Head, send)})
	}
	return b
}

// work sends what is due.
func (b *leftBox) work(ctx context.Context, now time.Time) error {
	for _, s := range b.streams {
		s.box.Check(now)
		if err := s.box.Send(ctx, s.Head, now); err != nil {
			return err
		}
		if s.over || now.Before(s.again) {
			continue
		}
		bodies, err := s.Damaged(ctx, leftLimits.Batch)
		if err != nil {
			return err
		}
		s.over, s.again = len(bodies) == 0, now.Add(leftLimits.Patience)
		for _, body := range bodies { // one by one: nobody knows how long they are
			if err := b.send(wire.PackBodies([][]byte{body})); err != nil {
				return err
			}
		}
	}
	return nil
}

// deadline is when work has something to do; zero: not by itself.
func (b *leftBox) deadline() time.Time {
	var first time.Time
	for _, s := range b.streams {
		if !s.over {
			first = earliest(first, s.again)
		}
		first = earliest(first, s.box.Deadline())
	}
	return first
}

// confirmed takes the cloud's word for an old stream, and tells whether it is one.
func (b *leftBox) confirmed(ctx context.Context, ack *wire.JournalAck) (bool, error) {
	for _, s := range b.streams {
		if stream, err := uuid.FromBytes(ack.GetStream()); err == nil && stream == s.Stream {
			ack.Again = false
			// The cloud may well have rows of it that were lost here.
			forked, err := s.box.Confirmed(ctx, ack, ^uint64(0))
			if err == nil && forked {
				// The tablet was set back to a copy before its store was damaged: what
				// the cloud has of this stream is not what stands here.
				err = errors.Join(protocol.ErrNewStream, s.Retell(ctx))
			}
			return true, err
		}
	}
	return false, nil
}
