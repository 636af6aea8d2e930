package store

import (
	"context"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// notOver selects assignments that are in force at a time, or will be.
const notOver = `(to_at = 0 OR to_at > ?)`

// span is for how long somebody gets a card.
type span struct {
	from time.Time
	to   time.Time // exclusive; zero: for good
}

// assign gives a card to a person from the transaction's time on, for good.
func (t *tx) assign(ctx context.Context, org attendance.OrgID, card attendance.CardID, to attendance.ProfileID, technology string) error {
	return t.lend(ctx, org, card, to, technology, span{})
}

// lend gives a card to a person for a time. Whoever holds it when that begins
// holds it no longer then; where it is promised to somebody for later, it ends
// there if it was meant for good, and is ErrConflict otherwise. Giving it to its
// holder again changes nothing. The caller has checked that the profile is within
// the actor's reach.
func (t *tx) lend(ctx context.Context, org attendance.OrgID, card attendance.CardID, to attendance.ProfileID, technology string, s span) error {
	// Who changes the person at the same time, their sites above all, must notice.
	res, err := t.ExecContext(ctx, `UPDATE profiles SET changed_at = ? WHERE org = ? AND id = ? AND removed_at = 0`, micros(t.now), org, to)
	if err != nil {
		return fmt.Errorf("assign card: %w", err)
	}
	if err := oneOr(res, access.ErrNotFound); err != nil {
		return fmt.Errorf("assign card: %w", err)
	}
	now := attendance.Card{ID: card, Profile: to, From: fromMicros(micros(s.from)), To: fromMicros(micros(s.to))}
	if now.From.IsZero() {
		now.From = fromMicros(micros(t.now))
	}
	others, err := findCards(ctx, t, (&where{sql: ` WHERE org = ? AND card = ?`, args: []any{org, card}}).and(notOver, micros(now.From)))
	if err != nil {
		return fmt.Errorf("assign card: %w", err)
	}
	for _, held := range others {
		switch {
		case held.From.After(now.From): // promised for later
			if !s.to.IsZero() && s.to.After(held.From) {
				return fmt.Errorf("assign card: promised to somebody: %w", access.ErrConflict)
			}
			if s.to.IsZero() && (now.To.IsZero() || held.From.Before(now.To)) {
				now.To = held.From
			}
		case held.Profile == to && !held.Blocked && held.To.Equal(s.to):
			return nil
		case held.From.Equal(now.From) && held.Profile == to:
			return fmt.Errorf("assign card: begins when another one does: %w", access.ErrConflict)
		default:
			if err := t.endCard(ctx, org, held, now.From); err != nil {
				return err
			}
		}
	}
	_, err = t.ExecContext(ctx, `INSERT INTO cards (org, card, profile, from_at, to_at, technology) VALUES (?, ?, ?, ?, ?, ?)`,
		org, card, to, micros(now.From), micros(now.To), technology)
	if err != nil {
		return fmt.Errorf("assign card: %w", known(err))
	}
	return t.feedCard(ctx, now)
}

// endCard closes an assignment at a time, never before it began.
func (t *tx) endCard(ctx context.Context, org attendance.OrgID, c attendance.Card, at time.Time) error {
	if c.To = at; at.Before(c.From) {
		c.To = c.From
	}
	_, err := t.ExecContext(ctx, `UPDATE cards SET to_at = ? WHERE org = ? AND card = ? AND profile = ? AND from_at = ?`,
		micros(c.To), org, c.ID, c.Profile, micros(c.From))
	if err != nil {
		return fmt.Errorf("end card: %w", err)
	}
	return t.feedCard(ctx, c)
}

// feedCard tells the tablets of a person's sites about an assignment. They keep
// what is over out of their roster, so for that the feed carries a tombstone.
func (t *tx) feedCard(ctx context.Context, c attendance.Card) error {
	change := &wire.Change{Of: &wire.Change_Card{Card: cardMessage(c)}}
	if !c.To.IsZero() && !c.To.After(t.now) {
		change = &wire.Change{Of: &wire.Change_CardGone{CardGone: cardMessage(c)}}
	}
	return t.feedProfile(ctx, c.Profile, cardKey(c), change)
}

func cardKey(c attendance.Card) string {
	return fmt.Sprintf("card/%s/%s/%d", c.ID, c.Profile, micros(c.From))
}

func cardMessage(c attendance.Card) *wire.Card {
	return &wire.Card{
		CardId: string(c.ID), ProfileId: string(c.Profile),
		FromUs: micros(c.From), ToUs: micros(c.To), Blocked: c.Blocked,
	}
}
