// Package protocol is the tablet's side of one connection with the cloud, as a
// state machine: what to send and when to look again follow from what was told to
// it and nothing else. It starts no goroutine, reads no clock and waits for
// nothing; its store is asked and told through small interfaces. The loop that
// runs it only brings events.
package protocol

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/device/health"
	"muster/device/journal"
	"muster/device/roster"
	"muster/sync/inbox"
	"muster/sync/outbox"
	"muster/sync/wire"
)

var (
	// ErrSilent ends a session on which the cloud confirms nothing.
	ErrSilent = errors.New("the cloud confirms nothing")
	// ErrNewStream ends a session because the journal goes on in a new stream,
	// which needs a new one.
	ErrNewStream = errors.New("the journal goes on in a new stream")
)

// Config is what a session works with.
type Config struct {
	Journal *journal.Journal
	Roster  *roster.Roster
	Rows    outbox.Store
	Limits  outbox.Limits
	// Pulse tells how the tablet is.
	Pulse func(context.Context) *wire.Pulse
	// Compared takes the cloud's answer to a pulse, Command what it asks for.
	Compared func(context.Context, *wire.PulseReply) error
	Command  func(context.Context, *wire.Command) error
	// Fed is told that a page of the feed was applied, and whether more come;
	// Settled that rows were confirmed.
	Fed     func(before, after device.RosterState, more bool)
	Settled func(context.Context)
	// Publish sends a message. That it returns nil means nothing for what becomes
	// of it.
	Publish func(wire.Leaf, []byte) error
}

// Session is one connection, from its beginning to its end. It is used by one
// goroutine. Make one with New.
type Session struct {
	Config
	box   *outbox.Outbox
	pulls inbox.Pulls
	pulse time.Time // when the next one is due
}

// New returns the session of a connection that has come about.
func New(c Config, now time.Time) *Session {
	s := &Session{Config: c, pulse: now}
	s.box = outbox.New(c.Rows, c.Limits, c.Journal.Stream(), c.Journal.Head(), func(b []byte) error { return c.Publish(wire.UpJournal, b) })
	s.pulls.Start(now)
	return s
}

// Hurry has the next Step send a pulse: something changed that the console should
// know at once.
func (s *Session) Hurry(now time.Time) { s.pulse = now }

// Step does what is due and returns when it is to be called again, whatever
// happens until then. An error ends the session.
func (s *Session) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	if !now.Before(s.pulse) {
		if err := s.send(wire.UpPulse, s.Pulse(ctx)); err != nil {
			return next, err
		}
		s.pulse = now.Add(health.Interval)
	}
	if !now.Before(s.pulls.Due()) {
		s.pulls.Asked(now)
		if err := s.send(wire.UpPull, s.Roster.Pull()); err != nil {
			return next, err
		}
	}
	if s.box.Check(now) {
		return next, ErrSilent
	}
	err = s.box.Send(ctx, s.Journal.Head(), now)
	if errors.Is(err, outbox.ErrLeftBehind) {
		err = s.restart(ctx)
	}
	if err != nil {
		return next, err
	}
	return earliest(s.pulse, s.pulls.Due(), s.box.Deadline()), nil
}

func (s *Session) send(leaf wire.Leaf, m proto.Message) error {
	body, err := proto.Marshal(m)
	if err != nil {
		return fmt.Errorf("%s: %w", leaf, err)
	}
	return s.Publish(leaf, body)
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

// Receive takes one message of the cloud. ErrNewStream ends the session; after
// any other error it goes on: the cloud sends again what matters.
func (s *Session) Receive(ctx context.Context, now time.Time, leaf wire.Leaf, payload []byte) error {
	switch leaf {
	case wire.DownAck:
		return read(payload, func(m *wire.JournalAck) error { return s.confirmed(ctx, m) })
	case wire.DownFeed:
		return read(payload, func(m *wire.FeedPage) error { return s.feed(ctx, now, m) })
	case wire.DownPulse:
		return read(payload, func(m *wire.PulseReply) error { return s.Compared(ctx, m) })
	case wire.DownCommand:
		return read(payload, func(m *wire.Command) error { return s.Command(ctx, m) })
	}
	return nil // of a kind that a later version knows
}

// read decodes a message for f.
func read[M any, P interface {
	*M
	proto.Message
}](payload []byte, f func(P) error,
) error {
	msg := P(new(M))
	if err := proto.Unmarshal(payload, msg); err != nil {
		return fmt.Errorf("not a message of its kind: %w", err)
	}
	return f(msg)
}

func (s *Session) confirmed(ctx context.Context, ack *wire.JournalAck) error {
	restart, err := s.box.Confirmed(ctx, ack, s.Journal.Head())
	if err != nil {
		return err
	}
	if restart {
		return s.restart(ctx)
	}
	s.Settled(ctx)
	return nil
}

// restart begins a new stream. The session ends even where the disk is full: the
// next one finds out anew.
func (s *Session) restart(ctx context.Context) error {
	return errors.Join(ErrNewStream, s.Journal.Restart(ctx))
}

// feed takes a page of the feed. The next one is asked for before this one is
// stored, so that neither side waits for the other.
func (s *Session) feed(ctx context.Context, now time.Time, page *wire.FeedPage) error {
	before := s.Roster.State()
	behind := s.Roster.PullBehind(page)
	if behind != nil {
		s.pulls.Page(now, true, true)
		s.pulls.Asked(now)
		if err := s.send(wire.UpPull, behind); err != nil {
			return err
		}
	}
	more, err := s.Roster.Apply(ctx, page)
	after := s.Roster.State()
	if behind == nil {
		s.pulls.Page(now, more, after.At != before.At)
	}
	if err != nil {
		return err
	}
	s.Fed(before, after, more)
	return nil
}
