package tablet

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/device/health"
	"muster/internal/protocol"
	"muster/sync/link"
	"muster/sync/outbox"
	"muster/sync/wire"
	"muster/ui/scene"
)

var errHungUp = errors.New("to be made anew")

// serve uses one session with the cloud until it ends.
func (o *office) serve(ctx context.Context, line *link.Session) error {
	o.letIn(ctx)
	s := protocol.New(protocol.Config{
		Journal: o.journal, Roster: o.roster, Rows: o.tablet.store, Limits: outbox.DefaultLimits,
		Pulse: func(ctx context.Context) *wire.Pulse { return named(o.pulse(ctx), line) }, Compared: o.compared, Command: o.command,
		Fed:     func(before, after device.RosterState, more bool) { o.fed(ctx, before, after, more) },
		Settled: o.count, Publish: line.Publish,
	}, time.Now())
	o.left = o.leftBox(ctx, func(b []byte) error { return line.Publish(wire.UpJournal, b) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, err := s.Step(ctx, time.Now())
		if err != nil {
			return err
		}
		if err := o.left.work(ctx, time.Now()); err != nil {
			return err
		}
		timer.Reset(time.Until(earliest(next, o.left.deadline())))
		select {
		case m := <-line.Messages():
			old, err := o.ofOldStream(ctx, m)
			if !old {
				err = s.Receive(ctx, time.Now(), m.Leaf, m.Payload)
			}
			if old && errors.Is(err, protocol.ErrNewStream) {
				err = errors.Join(err, o.journal.Restart(ctx))
			}
			if errors.Is(err, protocol.ErrNewStream) {
				o.tablet.logger.Error("the cloud has rows that this journal never wrote, or lacks some that it had: data was restored", "error", err)
				return err
			}
			if err != nil {
				o.tablet.logger.Error("message from the cloud", "leaf", m.Leaf, "error", err)
			}
		case <-o.rows:
		case <-o.changed:
			s.Hurry(time.Now())
		case <-o.hang:
			return errHungUp
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ofOldStream takes the cloud's word for rows of an old stream, and tells whether
// the message was that.
func (o *office) ofOldStream(ctx context.Context, m link.Message) (bool, error) {
	ack := new(wire.JournalAck)
	if m.Leaf != wire.DownAck || len(o.left.streams) == 0 || proto.Unmarshal(m.Payload, ack) != nil {
		return false, nil
	}
	old, err := o.left.confirmed(ctx, ack)
	if old {
		o.count(ctx)
	}
	return old, err
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

// pulse tells how the tablet is.
func (o *office) pulse(ctx context.Context) *wire.Pulse {
	reading := o.journal.Now()
	h, err := o.tablet.monitor.Health(ctx, reading, o.lock.Load().Locked)
	if err != nil {
		o.tablet.logger.Error("health", "error", err) // what is known is told
	}
	o.clock.Sent(h.At.UnixMicro(), reading.Monotonic)
	return health.Pulse(h, reading.Trust, o.roster.State())
}

// named says over which connection a pulse goes, so that the cloud knows where the
// tablet is though it may have missed how the session began.
func named(p *wire.Pulse, line *link.Session) *wire.Pulse {
	p.Session = line.Name()
	return p
}

// fed takes note that a page of the feed was applied.
func (o *office) fed(ctx context.Context, before, after device.RosterState, more bool) {
	if after.Skipped != before.Skipped || !more && after.At != before.At {
		notify(o.changed) // the console sees who is behind
	}
	o.tablet.stage.change(func(s *state) {
		s.settings, s.asked, s.invites = o.settings(), o.tablet.store.Asked() > 0, o.inviting.Open(ctx, o.tablet.store.CountPending())
	})
	notify(o.heard)
	o.showRoster(after)
}

// rosterSteps is how exactly the screen knows how old the roster is: it isn't
// drawn anew each time the cloud says that nothing has changed.
const rosterSteps = 10 * time.Minute

// showRoster shows how old the roster is.
func (o *office) showRoster(state device.RosterState) {
	o.tablet.stage.setStatus(func(s *scene.Status) {
		if state.Current.Sub(s.Roster).Abs() >= rosterSteps {
			s.Roster = state.Current
		}
	})
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
