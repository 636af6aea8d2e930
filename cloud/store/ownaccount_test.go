package store

import (
	"errors"
	"testing"

	"muster/access"
)

func TestEverybodyChangesTheirOwnAccount(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	ctx, viewer := t.Context(), f.viewerNorth
	if err := f.ChangeOwnAccount(ctx, viewer.Actor(), " Vera  Neu ", "ru"); err != nil {
		t.Fatal(err)
	}
	got := must(f.User(ctx, viewer.ID))(t)
	want := viewer
	want.Name, want.Language = "Vera Neu", "ru"
	if got.Name != want.Name || got.Language != want.Language || got.Role != want.Role || got.Email != want.Email {
		t.Errorf("account = %+v, want %+v", got, want)
	}
	if err := f.ChangeOwnAccount(ctx, viewer.Actor(), "", "ru"); !errors.Is(err, access.Invalid{Field: "name", Problem: access.Required}) {
		t.Errorf("an empty name: %v", err)
	}
}

func TestOwnPasswordNeedsThePresentOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, actor := t.Context(), w.admin.Actor()
	const better = "an entirely new one"
	if _, err := w.ChangeOwnPassword(ctx, actor, "not the present one", better); !errors.Is(err, access.ErrForbidden) {
		t.Fatalf("with a wrong present password: %v", err)
	}
	if _, err := w.ChangeOwnPassword(ctx, actor, password, "short"); !errors.Is(err, access.Invalid{Field: "password", Problem: access.TooShort}) {
		t.Fatalf("a short one: %v", err)
	}
	u := must(w.ChangeOwnPassword(ctx, actor, password, better))(t)
	if !u.PasswordSet.After(w.admin.PasswordSet) {
		t.Error("sessions begun before would go on")
	}
	if _, err := w.Authenticate(ctx, u.Email, password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the old password: %v", err)
	}
	must(w.Authenticate(ctx, u.Email, better))(t)
}
