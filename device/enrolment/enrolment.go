// Package enrolment reads a card for a person: while a capture is open, the next
// tap names the card instead of punching with it.
package enrolment

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// The outcomes of a capture that the journal tells beside the reasons of
// attendance; a card that was read is told by a row of its own kind.
const (
	OutcomeExpired   = "expired"
	OutcomeCancelled = "cancelled"
	OutcomeReplaced  = "replaced" // another capture began
)

// Journal stores a row together with its effect before it returns.
type Journal interface {
	Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error)
	Now() attendance.ClockReading
}

// Roster knows who holds a card.
type Roster interface {
	Holder(ctx context.Context, card attendance.CardID, at time.Time) (attendance.Card, attendance.Profile, bool, error)
}

// Capture is a card to be read for somebody.
type Capture struct {
	ID      string // of the command that asked
	Profile attendance.ProfileID
	Name    string
	Expires time.Time // by the cloud's clock
}

// Desk holds the capture that is open, one at most. Make one with New; it is
// safe for use by many goroutines.
type Desk struct {
	journal Journal
	roster  Roster
	cardKey func() attendance.CardKey

	mu   sync.Mutex
	open *Capture
}

// New returns a desk with nothing open. Nothing is kept over a restart: the
// cloud asks again until the journal tells how it ended.
func New(journal Journal, roster Roster, cardKey func() attendance.CardKey) *Desk {
	return &Desk{journal: journal, roster: roster, cardKey: cardKey}
}

// Open returns the capture that waits for its card.
func (d *Desk) Open() (Capture, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		return Capture{}, false
	}
	return *d.open, true
}

// Begin opens a capture. Beginning the open one again changes nothing; another
// one that was open ends.
func (d *Desk) Begin(ctx context.Context, id string, profile attendance.ProfileID, name string, expires time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil && d.open.ID == id {
		return nil
	}
	if d.open != nil {
		if err := d.end(ctx, OutcomeReplaced); err != nil {
			return err
		}
	}
	d.open = &Capture{ID: id, Profile: profile, Name: name, Expires: expires}
	return nil
}

// Cancel ends the capture with this id, and tells whether it was the open one.
func (d *Desk) Cancel(ctx context.Context, id string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil || d.open.ID != id {
		return false, nil
	}
	return true, d.end(ctx, OutcomeCancelled)
}

// Expire ends the open capture when its time is over, and tells whether it did.
func (d *Desk) Expire(ctx context.Context) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil || d.journal.Now().Cloud().Before(d.open.Expires) {
		return false, nil
	}
	return true, d.end(ctx, OutcomeExpired)
}

// Result is the answer to a tap at an open capture.
type Result struct {
	Capture Capture
	Card    attendance.CardID // the card that was read
	Failed  attendance.Reason // why not; then the capture stays open for another card
}

// Tap answers the open capture with a card; taken is false when none is open,
// and the tap is a punch. A card that can't stand for anybody, or that is
// somebody else's, is refused and the capture waits for another one.
func (d *Desk) Tap(ctx context.Context, tap attendance.Tap) (r Result, taken bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		return Result{}, false, nil
	}
	r.Capture = *d.open
	switch {
	case !attendance.ValidUID(tap.UID):
		r.Failed = attendance.Unreadable
		return r, true, nil
	case attendance.RandomUID(tap.UID):
		r.Failed = attendance.RandomCard
		return r, true, nil
	}
	r.Card = d.cardKey().ID(tap.UID)
	// While a capture is open, the next in the queue may tap. His card stays his.
	card, holder, held, err := d.roster.Holder(ctx, r.Card, d.journal.Now().Cloud())
	if err != nil {
		return r, true, fmt.Errorf("look for a card's holder: %w", err)
	}
	if held && (holder.ID != r.Capture.Profile || card.Blocked) {
		r.Card, r.Failed = "", attendance.HeldCard
		return r, true, nil
	}
	_, err = d.journal.Append(ctx, device.KindCaptured, &wire.CapturePayload{
		CaptureId: r.Capture.ID, CardId: string(r.Card), Technology: tap.Technology,
	}, device.Effect{Command: r.Capture.ID, Outcome: "done"})
	if err != nil {
		r.Card = ""
		return r, true, fmt.Errorf("keep a card that was read: %w", err)
	}
	d.open = nil
	return r, true, nil
}

// end tells how the open capture ended and closes it.
func (d *Desk) end(ctx context.Context, outcome string) error {
	id := d.open.ID
	d.open = nil // the next tap must not answer it, whatever becomes of the row
	_, err := d.journal.Append(ctx, device.KindCommand, &wire.CommandPayload{CommandId: id, Outcome: outcome},
		device.Effect{Command: id, Outcome: outcome})
	if err != nil {
		return fmt.Errorf("end a capture: %w", err)
	}
	return nil
}
