package store

import (
	"errors"
	"testing"

	"muster/access"
	"muster/attendance"
)

func TestCardsChangeHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, bob := w.person(t, "Anna", "A", w.north.ID), w.person(t, "Bob", "B", w.north.ID)
	card := w.cardOf(ctx, t, w.admin.Org, []byte{4, 1, 1, 1})
	cards := func(p attendance.Profile) []attendance.Card { return must(w.Member(ctx, admin, p.ID))(t).Cards }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(w.AssignUID(ctx, admin, anna.ID, []byte{4, 1, 1, 1}, "MIFARE"))
	before := w.dump(t)
	do(w.AssignCard(ctx, admin, anna.ID, card, "MIFARE"))
	if w.dump(t) != before {
		t.Error("giving somebody the card they have changed something")
	}
	do(w.BlockCard(ctx, admin, anna.ID, card, true))
	if c := cards(anna); len(c) != 1 || !c[0].Blocked {
		t.Errorf("blocked: %+v", c)
	}
	do(w.BlockCard(ctx, admin, anna.ID, card, false))
	do(w.AssignCard(ctx, admin, bob.ID, card, "MIFARE"))
	a, b := cards(anna), cards(bob)
	if len(a) != 1 || len(b) != 1 || a[0].To.IsZero() || !a[0].To.Equal(b[0].From) || !b[0].To.IsZero() {
		t.Errorf("Anna's %+v, Bob's %+v", a, b)
	}
	do(w.EndCard(ctx, admin, bob.ID, card))
	do(w.AssignCard(ctx, admin, anna.ID, card, "MIFARE"))
	if a = cards(anna); len(a) != 2 || !a[0].To.IsZero() || a[1].To.IsZero() {
		t.Errorf("newest first: %+v", a)
	}
	if err := w.EndCard(ctx, admin, bob.ID, card); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("ending a card that Bob has no longer: %v", err)
	}
	if err := w.BlockCard(ctx, admin, bob.ID, card, true); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("blocking a card that Bob has no longer: %v", err)
	}
}

func TestCardInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "A", w.north.ID)
	before := w.dump(t)
	for what, uid := range map[string][]byte{"none": nil, "short": {4, 1, 2}, "between": {4, 1, 2, 3, 4}, "long": make([]byte, 11)} {
		if err := w.AssignUID(ctx, admin, anna.ID, uid, ""); err != (access.Invalid{Field: "uid", Problem: access.Malformed}) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.AssignUID(ctx, admin, anna.ID, []byte{8, 1, 2, 3}, ""); err != (access.Invalid{Field: "uid", Problem: access.RandomNumber}) {
		t.Errorf("a random number: %v", err)
	}
	if err := w.AssignCard(ctx, admin, anna.ID, "04010203", ""); err != (access.Invalid{Field: "card", Problem: access.Malformed}) {
		t.Errorf("a card's own number: %v", err)
	}
	if err := w.AssignUID(ctx, admin, anna.ID, []byte{4, 1, 2, 3}, "a\nb"); err != (access.Invalid{Field: "technology", Problem: access.Malformed}) {
		t.Errorf("a strange technology: %v", err)
	}
	if w.dump(t) != before {
		t.Error("something was kept")
	}
}

// A manager can't take a card from somebody they don't see; between people they
// do see, they can.
func TestCardsAreNotTakenFromAfar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, uid := t.Context(), []byte{4, 1, 1, 1}
	far := w.person(t, "Far", "Away", w.north.ID)
	near := w.person(t, "Near", "By", w.south.ID)
	if err := w.AssignUID(ctx, w.admin.Actor(), far.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	before := w.dump(t)
	err := w.AssignUID(ctx, w.managerSouth.Actor(), near.ID, uid, "")
	if !errors.Is(err, access.ErrConflict) || w.dump(t) != before {
		t.Errorf("a card of somebody far away: %v", err)
	}
	if err := w.AssignUID(ctx, w.admin.Actor(), near.ID, uid, ""); err != nil {
		t.Errorf("by an administrator: %v", err)
	}
	// The same card in another organisation is another card.
	other := must(w.AddProfile(ctx, w.stranger.Actor(), attendance.Profile{LastName: "Other"}, []attendance.SiteID{w.elsewhere.ID}))(t)
	if err := w.AssignUID(ctx, w.stranger.Actor(), other.ID, uid, ""); err != nil {
		t.Errorf("in another organisation: %v", err)
	}
	if c := must(w.Member(ctx, w.admin.Actor(), near.ID))(t).Cards; len(c) != 1 || !c[0].To.IsZero() {
		t.Errorf("the card is gone: %+v", c)
	}
}
