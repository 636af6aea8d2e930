package store

import (
	"context"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// AssignCard gives a card to a person from now on; whoever held it until now
// holds it no longer. A card of somebody out of the actor's reach is ErrConflict.
func (s *Store) AssignCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, technology string) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if _, err := attendance.ParseCardID(string(card)); err != nil {
		return access.Invalid{Field: "card", Problem: access.Malformed}
	}
	if err := clean("technology", &technology, maxName); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error { return t.assignBy(ctx, actor, profile, card, technology) })
}

// AssignUID is AssignCard for somebody who has the card's own number. The number
// itself is not kept.
func (s *Store) AssignUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string) error {
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
		return t.assignBy(ctx, actor, profile, attendance.CardKey(b).ID(uid), technology)
	})
}

// assignBy is assign with the checks that an actor calls for.
func (t *tx) assignBy(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, technology string) error {
	m, err := findMember(ctx, t, actor, profile)
	if err != nil {
		return err
	}
	for _, c := range m.Cards {
		if c.ID == card && c.To.IsZero() && !c.Blocked {
			return nil // has it already
		}
	}
	var holder attendance.ProfileID
	err = known(t.QueryRowContext(ctx, `SELECT profile FROM cards WHERE org = ? AND card = ? AND to_at = 0`, actor.Org, card).Scan(&holder))
	switch {
	case err == nil:
		if _, err := findMember(ctx, t, actor, holder); errors.Is(err, access.ErrNotFound) {
			return fmt.Errorf("assign card: somebody holds it: %w", access.ErrConflict)
		} else if err != nil {
			return err
		}
	case !errors.Is(err, access.ErrNotFound):
		return fmt.Errorf("look for the card's holder: %w", err)
	}
	if err := t.assign(ctx, actor.Org, card, profile, technology); err != nil {
		return err
	}
	return t.audit(ctx, actor, "assign-card", string(profile)+"/"+card.Short())
}

// openCard returns the assignment of a card to a person that is in force.
func (t *tx) openCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID) (attendance.Card, error) {
	m, err := findMember(ctx, t, actor, profile)
	if err != nil {
		return attendance.Card{}, err
	}
	for _, c := range m.Cards {
		if c.ID == card && c.To.IsZero() {
			return c, nil
		}
	}
	return attendance.Card{}, access.ErrNotFound
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
		if err := t.feedProfile(ctx, profile, cardKey(c), &wire.Change{Of: &wire.Change_Card{Card: cardMessage(c)}}); err != nil {
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
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		c, err := t.openCard(ctx, actor, profile, card)
		if err != nil {
			return err
		}
		if err := t.endCard(ctx, actor.Org, c); err != nil {
			return err
		}
		return t.audit(ctx, actor, "end-card", string(profile)+"/"+card.Short())
	})
}
