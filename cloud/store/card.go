package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
)

// AssignCard gives a card to a person from now on; whoever held it until now
// holds it no longer. A card of somebody out of the actor's reach is ErrConflict.
func (s *Store) AssignCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, technology string) error {
	return s.LendCard(ctx, actor, profile, attendance.Card{ID: card}, technology)
}

// LendCard is AssignCard for a time: c says which card, from when (zero: now) and
// until when (zero: for good). What is promised to somebody already for a part of
// that time is ErrConflict.
func (s *Store) LendCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, c attendance.Card, technology string) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if _, err := attendance.ParseCardID(string(c.ID)); err != nil {
		return access.Invalid{Field: "card", Problem: access.Malformed}
	}
	if err := clean("technology", &technology, maxName); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error { return t.assignBy(ctx, actor, profile, c.ID, technology, span{c.From, c.To}) })
}

// AssignUID is AssignCard for somebody who has the card's own number. The number
// itself is not kept.
func (s *Store) AssignUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string) error {
	return s.LendUID(ctx, actor, profile, uid, technology, time.Time{}, time.Time{})
}

// LendUID is AssignUID for a time, as LendCard is AssignCard.
func (s *Store) LendUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string, from, to time.Time) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if !attendance.ValidUID(uid) {
		return access.Invalid{Field: "uid", Problem: access.Malformed}
	}
	if attendance.RandomUID(uid) {
		return access.Invalid{Field: "uid", Problem: access.RandomNumber}
	}
	if err := clean("technology", &technology, maxName); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		var b []byte
		if err := t.QueryRowContext(ctx, `SELECT card_key FROM orgs WHERE id = ?`, actor.Org).Scan(&b); err != nil {
			return fmt.Errorf("read the card key: %w", known(err))
		}
		if len(b) != len(attendance.CardKey{}) {
			return fmt.Errorf("read the card key: it has %d bytes", len(b))
		}
		return t.assignBy(ctx, actor, profile, attendance.CardKey(b).ID(uid), technology, span{from, to})
	})
}

// farOff is how far away a card's beginning or end may be, either way.
const farOff = 10 * 365 * 24 * time.Hour

// check tells what is wrong with a time that somebody gave.
func (s span) check(now time.Time) error {
	switch {
	case !s.from.IsZero() && (s.from.Before(now.Add(-farOff)) || s.from.After(now.Add(farOff))):
		return access.Invalid{Field: "from", Problem: access.OutOfRange}
	case s.to.IsZero():
		return nil
	case !s.to.After(now) || s.to.After(now.Add(farOff)) || !s.from.IsZero() && !s.to.After(s.from):
		return access.Invalid{Field: "to", Problem: access.OutOfRange}
	}
	return nil
}

// assignBy is lend with the checks that an actor calls for.
func (t *tx) assignBy(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, technology string, s span) error {
	if err := s.check(t.now); err != nil {
		return err
	}
	m, err := findMember(ctx, t, actor, profile)
	if err != nil {
		return err
	}
	from := s.from
	if from.IsZero() {
		from = t.now
	}
	for _, c := range m.Cards {
		if c.ID == card && c.Holds(from) && c.To.Equal(s.to) && !c.Blocked {
			return nil // has it already
		}
	}
	holders, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT DISTINCT profile FROM cards WHERE org = ? AND card = ? AND `+notOver+` ORDER BY profile`,
		actor.Org, card, micros(from))
	if err != nil {
		return fmt.Errorf("look for the card's holder: %w", err)
	}
	for _, holder := range holders {
		if _, err := findMember(ctx, t, actor, holder); errors.Is(err, access.ErrNotFound) {
			return fmt.Errorf("assign card: somebody holds it: %w", access.ErrConflict)
		} else if err != nil {
			return err
		}
	}
	if err := t.lend(ctx, actor.Org, card, profile, technology, s); err != nil {
		return err
	}
	return t.audit(ctx, actor, "assign-card", string(profile)+"/"+card.Short())
}

// openCard returns the assignment of a card to a person that is in force, or else
// the next that will be.
func (t *tx) openCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID) (attendance.Card, error) {
	m, err := findMember(ctx, t, actor, profile)
	if err != nil {
		return attendance.Card{}, err
	}
	var next attendance.Card
	for _, c := range m.Cards { // newest first
		if c.ID == card && (c.To.IsZero() || c.To.After(t.now)) {
			next = c
			if !c.From.After(t.now) {
				break
			}
		}
	}
	if next.ID == "" {
		return next, access.ErrNotFound
	}
	return next, nil
}

// BlockCard has a card refused with a reason of its own, or lets it in again.
func (s *Store) BlockCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, blocked bool) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		c, err := t.openCard(ctx, actor, profile, card)
		if err != nil || c.Blocked == blocked {
			return err
		}
		c.Blocked = blocked
		_, err = t.ExecContext(ctx, `UPDATE cards SET blocked = ? WHERE org = ? AND card = ? AND profile = ? AND from_at = ?`,
			blocked, actor.Org, card, profile, micros(c.From))
		if err != nil {
			return fmt.Errorf("block card: %w", err)
		}
		if err := t.feedCard(ctx, c); err != nil {
			return err
		}
		action := "unblock-card"
		if blocked {
			action = "block-card"
		}
		return t.audit(ctx, actor, action, string(profile)+"/"+card.Short())
	})
}

// EndCard takes a card away from a person as of now.
func (s *Store) EndCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID) error {
	return s.EndCardAt(ctx, actor, profile, card, time.Time{})
}

// EndCardAt takes a card away from a person as of a moment: one that has passed
// (it was lost then: punches that tablets tell later go by it; those that are here
// stay as they are), or one to come. Zero is now. A card that begins later than
// that never does.
func (s *Store) EndCardAt(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, at time.Time) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		at := at
		if at.IsZero() {
			at = t.now
		}
		if at.Before(t.now.Add(-farOff)) || at.After(t.now.Add(farOff)) {
			return access.Invalid{Field: "at", Problem: access.OutOfRange}
		}
		c, err := t.openCard(ctx, actor, profile, card)
		if err != nil {
			return err
		}
		if !c.To.IsZero() && at.After(c.To) {
			return access.Invalid{Field: "at", Problem: access.OutOfRange} // longer than it was lent for
		}
		if err := t.endCard(ctx, actor.Org, c, fromMicros(micros(at))); err != nil {
			return err
		}
		return t.audit(ctx, actor, "end-card", string(profile)+"/"+card.Short())
	})
}
