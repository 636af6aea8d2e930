package tablet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device/health"
	"muster/sync/link"
	"muster/sync/outbox"
	"muster/sync/wire"
)

var (
	errSilent = errors.New("the cloud confirms nothing")
	errHungUp = errors.New("to be made anew")
)

// serve uses one session with the cloud until it ends.
func (o *office) serve(ctx context.Context, s *link.Session) error {
	o.letIn(ctx)
	send := func(b []byte) error { return s.Publish(wire.UpJournal, b) }
	box := outbox.New(o.tablet.store, outbox.DefaultLimits, o.journal.Stream(), o.journal.Head(), send)
	o.left = o.leftBox(ctx, send)
	now := time.Now()
	o.pulls.Start(now)
	pulse := now
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now = time.Now()
		if !now.Before(pulse) {
			if err := o.pulse(ctx, s); err != nil {
				return err
			}
			pulse = now.Add(health.Interval)
		}
		if !now.Before(o.pulls.Due()) {
			if err := o.pull(s, now); err != nil {
				return err
			}
		}
		if box.Check(now) {
			return errSilent
		}
		if err := box.Send(ctx, o.journal.Head(), now); err != nil {
			return err
		}
		if err := o.left.work(ctx, now); err != nil {
			return err
		}
		timer.Reset(time.Until(earliest(pulse, o.pulls.Due(), box.Deadline(), o.left.deadline())))
		select {
		case m := <-s.Messages():
			if err := o.receive(ctx, box, m); err != nil {
				return err
			}
		case <-o.rows:
		case <-o.changed:
			pulse = now
		case <-o.hang:
			return errHungUp
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// earliest returns the first of some times; zero ones don't count.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// letIn takes note that the certificate works.
func (o *office) letIn(ctx context.Context) {
	o.mu.Lock()
	o.checks, o.checkAfter = 0, time.Time{}
	o.mu.Unlock()
	if err := o.keeper.Connected(ctx); err != nil {
		o.tablet.logger.Error("certificate", "error", err)
	}
}

// pulse tells the cloud how the tablet is.
func (o *office) pulse(ctx context.Context, s *link.Session) error {
	reading := o.journal.Now()
	h, err := o.tablet.monitor.Health(ctx, reading, o.lock.Load().Locked)
	if err != nil {
		o.tablet.logger.Error("health", "error", err) // what is known is told
	}
	body, err := proto.Marshal(health.Pulse(h, reading.Trust))
	if err != nil {
		return fmt.Errorf("pulse: %w", err)
	}
	o.clock.Sent(h.At.UnixMicro(), reading.Monotonic)
	return s.Publish(wire.UpPulse, body)
}

// pull tells the cloud how far the feed has been read.
func (o *office) pull(s *link.Session, now time.Time) error {
	at := o.roster.Position()
	body, err := proto.Marshal(&wire.FeedPull{Epoch: at.Epoch, Have: at.Version})
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	o.pulls.Asked(now)
	return s.Publish(wire.UpPull, body)
}

// receive takes one message. One that can't be read is passed over: the cloud
// sends again what matters.
func (o *office) receive(ctx context.Context, box *outbox.Outbox, m link.Message) error {
	var err error
	switch m.Leaf {
	case wire.DownAck:
		err = read(m, func(ack *wire.JournalAck) error { return o.confirmed(ctx, box, ack) })
	case wire.DownFeed:
		err = read(m, func(page *wire.FeedPage) error { return o.feed(ctx, page) })
	case wire.DownPulse:
		err = read(m, func(r *wire.PulseReply) error { return o.compared(ctx, r) })
	case wire.DownCommand:
		err = read(m, func(c *wire.Command) error { return o.command(ctx, c) })
	}
	if err != nil {
		o.tablet.logger.Error("message from the cloud", "leaf", m.Leaf, "error", err)
	}
	return ctx.Err()
}

// read decodes a message for f.
func read[M any, P interface {
	*M
	proto.Message
}](m link.Message, f func(P) error,
) error {
	msg := P(new(M))
	if err := proto.Unmarshal(m.Payload, msg); err != nil {
		return fmt.Errorf("not a message of its kind: %w", err)
	}
	return f(msg)
}

func (o *office) confirmed(ctx context.Context, box *outbox.Outbox, ack *wire.JournalAck) error {
	if old, err := o.left.confirmed(ctx, ack); old {
		o.count(ctx)
		return err
	}
	ahead, err := box.Confirmed(ctx, ack, o.journal.Head())
	if err != nil {
		return err
	}
	if ahead {
		return o.restart(ctx)
	}
	o.count(ctx)
	return nil
}

// restart begins a new stream and a new session for it.
func (o *office) restart(ctx context.Context) error {
	o.tablet.logger.Error("the cloud has rows that this journal never wrote: its data was restored; a new stream begins")
	notify(o.hang)
	return o.journal.Restart(ctx)
}

func (o *office) feed(ctx context.Context, page *wire.FeedPage) error {
	before := o.roster.Position()
	more, err := o.roster.Apply(ctx, page)
	o.pulls.Page(time.Now(), more, o.roster.Position() != before)
	if err != nil {
		return err
	}
	o.tablet.stage.change(func(s *state) { s.settings = o.settings() })
	return nil
}

func (o *office) command(ctx context.Context, c *wire.Command) error {
	err := o.commands.Take(ctx, c)
	o.showCapture(ctx)
	return err
}

// compared takes the cloud's answer to a pulse.
func (o *office) compared(ctx context.Context, r *wire.PulseReply) error {
	now := o.journal.Now()
	offset, uncertainty, ok := o.clock.Answered(r, now.Device, now.Monotonic)
	if !ok {
		return nil
	}
	clock := o.tablet.clock
	clock.Compared(offset, uncertainty)
	if e, known := clock.Estimate(); known && worthKeeping(o.kept.Offset, e.Offset, o.kept.BootID == e.BootID) {
		if err := o.tablet.store.KeepClockEstimate(ctx, e); err != nil {
			return err
		}
		o.kept = e
	}
	err := o.commands.Compared(ctx)
	o.showCapture(ctx)
	return err
}

// worthKeeping spares the disk a write every half minute: an estimate is kept
// when it has moved further than anybody would notice.
func worthKeeping(kept, now time.Duration, sameBoot bool) bool {
	return !sameBoot || (kept-now).Abs() > 20*time.Millisecond
}
