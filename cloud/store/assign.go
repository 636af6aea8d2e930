package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// assign gives a card to a person from the transaction's time on. Whoever held
// it until now holds it no longer; giving it to its holder again changes nothing.
// The caller has checked that the profile is within the actor's reach.
func (t *tx) assign(ctx context.Context, org attendance.OrgID, card attendance.CardID, to attendance.ProfileID, technology string) error {
	// Who changes the person at the same time, their sites above all, must notice.
	res, err := t.ExecContext(ctx, `UPDATE profiles SET changed_at = ? WHERE org = ? AND id = ? AND removed_at = 0`, micros(t.now), org, to)
	if err != nil {
		return fmt.Errorf("assign card: %w", err)
	}
	if err := oneOr(res, access.ErrNotFound); err != nil {
		return fmt.Errorf("assign card: %w", err)
	}
	var held attendance.Card
	var from int64
	err = t.QueryRowContext(ctx, `SELECT profile, from_at, blocked FROM cards WHERE org = ? AND card = ? AND to_at = 0`, org, card).
		Scan(&held.Profile, &from, &held.Blocked)
	switch err = known(err); {
	case err == nil && held.Profile == to && !held.Blocked:
		return nil
	case err == nil:
		if err := t.endCard(ctx, org, attendance.Card{ID: card, Profile: held.Profile, From: fromMicros(from)}); err != nil {
			return err
		}
	case err != access.ErrNotFound:
		return fmt.Errorf("assign card: %w", err)
	}
	now := attendance.Card{ID: card, Profile: to, From: fromMicros(micros(t.now))}
	_, err = t.ExecContext(ctx, `INSERT INTO cards (org, card, profile, from_at, technology) VALUES (?, ?, ?, ?, ?)`,
		org, card, to, micros(now.From), technology)
	if err != nil {
		return fmt.Errorf("assign card: %w", known(err))
	}
	return t.feedProfile(ctx, to, cardKey(now), &wire.Change{Of: &wire.Change_Card{Card: cardMessage(now)}})
}

// endCard closes an assignment at the transaction's time. Tablets keep the
// closed assignment out of their roster, so the feed carries a tombstone.
func (t *tx) endCard(ctx context.Context, org attendance.OrgID, c attendance.Card) error {
	_, err := t.ExecContext(ctx, `UPDATE cards SET to_at = ? WHERE org = ? AND card = ? AND profile = ? AND from_at = ?`,
		micros(t.now), org, c.ID, c.Profile, micros(c.From))
	if err != nil {
		return fmt.Errorf("end card: %w", err)
	}
	return t.feedProfile(ctx, c.Profile, cardKey(c), &wire.Change{Of: &wire.Change_CardGone{CardGone: cardMessage(c)}})
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
