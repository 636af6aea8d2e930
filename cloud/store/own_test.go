package store

import (
	"context"
	"errors"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// B7: claiming and the password are one: a weak one claims nothing, a good one
// takes the account, and a link that went bad takes none.
func TestB7ClaimWithPasswordOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p, secret := w.sent(t, "anna")
	for _, weak := range []string{"", "short", "Passwort1234", "anna Berg", "йцукенгшщзхъ"} {
		var invalid access.Invalid
		if _, err := w.ClaimLinkWith(ctx, secret, weak); !errors.As(err, &invalid) {
			t.Errorf("%q: %v", weak, err)
		}
	}
	if got := w.invitation(t, p.ID).State; got.Account != invite.Invited {
		t.Fatalf("%+v", got)
	}
	in := must(w.ClaimLinkWith(ctx, secret, password))(t)
	if in.Self.Profile != p.ID || in.Steps != (invite.Steps{Details: true}) {
		t.Errorf("%+v", in)
	}
	must(w.SignIn(ctx, p.Number, password))(t)
	if _, err := w.ClaimLinkWith(ctx, "guess", password); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a guess: %v", err)
	}
	if err := w.RevokeInvitation(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ClaimLinkWith(ctx, secret, password); !errors.Is(err, ErrLink) {
		t.Errorf("%v", err)
	}
	if _, err := w.SignIn(ctx, p.Number, password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the password outlived the invitation: %v", err)
	}
}

// Nobody gets at somebody's own things under another organisation's name.
func TestOwnThingsStayInTheOrganisation(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	ctx := t.Context()
	f.place(t, f.anna.ID, invite.State{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Outside}, invite.Contact{Email: "anna@example.com"}, f.clock.now().AddDate(0, 0, -3))
	mine := invite.Self{Org: f.admin.Org, Profile: f.anna.ID}
	if entries, _, err := f.OwnPunches(ctx, mine, attendance.LogQuery{}); err != nil || len(entries) == 0 {
		t.Fatalf("own punches: %v, %v", entries, err)
	}
	if jpeg, err := f.OwnPhoto(ctx, mine); err != nil || len(jpeg) == 0 {
		t.Fatalf("own photo: %v", err)
	}
	foreign := invite.Self{Org: f.stranger.Org, Profile: f.anna.ID}
	before := f.dump(t)
	for what, call := range map[string]func(context.Context) error{
		"Own":            func(ctx context.Context) error { _, err := f.Own(ctx, foreign); return err },
		"OwnPhoto":       func(ctx context.Context) error { _, err := f.OwnPhoto(ctx, foreign); return err },
		"SetOwnPhoto":    func(ctx context.Context) error { _, err := f.SetOwnPhoto(ctx, foreign, picture(t, 30, 30)); return err },
		"SetOwnLanguage": func(ctx context.Context) error { return f.SetOwnLanguage(ctx, foreign, "ru") },
		"ChangeOwnDetails": func(ctx context.Context) error {
			_, err := f.ChangeOwnDetails(ctx, foreign, invite.Details{})
			return err
		},
		"ConfirmOwnContact": func(ctx context.Context) error { return f.ConfirmOwnContact(ctx, foreign, "change", "0") },
		"ResendOwnContact":  func(ctx context.Context) error { return f.ResendOwnContact(ctx, foreign, "change") },
		"CancelOwnContact":  func(ctx context.Context) error { return f.CancelOwnContact(ctx, foreign, "change") },
		"ChooseOwnPassword": func(ctx context.Context) error {
			_, err := f.ChooseOwnPassword(ctx, foreign, password)
			return err
		},
		"ReplaceOwnPassword": func(ctx context.Context) error { return f.ReplaceOwnPassword(ctx, foreign, password, password) },
		"JudgePassword":      func(ctx context.Context) error { _, err := f.JudgePassword(ctx, foreign, password); return err },
	} {
		if err := call(ctx); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if entries, _, err := f.OwnPunches(ctx, foreign, attendance.LogQuery{}); err != nil || len(entries) != 0 {
		t.Errorf("punches: %v, %v", entries, err)
	}
	if sent, err := f.OwnMessages(ctx, foreign); err != nil || len(sent) != 0 {
		t.Errorf("messages: %v, %v", sent, err)
	}
	if f.dump(t) != before {
		t.Error("something changed")
	}
}
