package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// sent makes a person with an invitation that went out, and returns the link's
// secret.
func (w *world) sent(t *testing.T, first string) (attendance.Profile, string) {
	t.Helper()
	p := w.waiting(t, first, first+"@example.com")
	return p, w.goOut(t)
}

func (w *world) goOut(t *testing.T) string {
	t.Helper()
	j := w.takeOne(t, "one")
	h := handing(j)
	secret, hash := newSecret()
	h.Token, h.Expires = hash, w.clock.now().Add(14*24*time.Hour)
	must(w.Hand(t.Context(), "one", []invite.Handing{h}))(t)
	if err := w.Settle(t.Context(), "one", []invite.Outcome{{ID: j.ID}}); err != nil {
		t.Fatal(err)
	}
	return secret
}

// B7: a scanner that opens the link, however often, claims nothing.
func TestB7OpeningClaimsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, secret := w.sent(t, "anna")
	for range 5 {
		link := must(w.OpenLink(t.Context(), secret))(t)
		if link.State != invite.LinkGood || link.Name != "anna Berg" || link.Organisation != "Acme" || link.Language != "de" {
			t.Fatalf("%+v", link)
		}
	}
	if got := w.invitation(t, p.ID); got.State.Account != invite.Invited || got.State.Delivery != invite.Opened || got.Opened.IsZero() {
		t.Errorf("%+v", got)
	}
	if _, err := w.ReadLink(t.Context(), "guess"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a guess: %v", err)
	}
}

// J6: a person claims by the button, chooses a password, goes through the data,
// and is active then and not before.
func TestK18ClaimToActive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p, secret := w.sent(t, "anna")
	in := must(w.ClaimLinkWith(ctx, secret, "an earlier choice of hers"))(t)
	if in.Self.Profile != p.ID || in.Steps != (invite.Steps{Details: true}) {
		t.Fatalf("%+v", in)
	}
	if again := must(w.ClaimLinkWith(ctx, secret, password))(t); again.Self != in.Self {
		t.Error("the button pressed twice")
	}
	left := must(w.StepsLeft(ctx, in.Self))(t)
	if left.Done() || w.invitation(t, p.ID).State.Account != invite.Claiming {
		t.Errorf("active too early: %+v", left)
	}
	if _, err := w.SignIn(ctx, p.Number, "an earlier choice of hers"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a wrong password: %v", err)
	}
	back := must(w.SignIn(ctx, " "+p.Number, password))(t)
	if back.Self != in.Self || !back.Steps.Details {
		t.Errorf("%+v", back)
	}
	if left = must(w.ConfirmOwnDetails(ctx, in.Self))(t); !left.Done() {
		t.Errorf("%+v", left)
	}
	got := w.invitation(t, p.ID)
	if got.State.Status() != invite.Activated || got.Active.IsZero() || !got.Expires.IsZero() {
		t.Errorf("%+v", got)
	}
	if link := must(w.ReadLink(ctx, secret))(t); link.State != invite.LinkUsed {
		t.Errorf("the link afterwards: %s", link.State)
	}
	if _, err := w.ClaimLinkWith(ctx, secret, password); !errors.Is(err, ErrLink) {
		t.Errorf("the link claims again: %v", err)
	}
	must(w.SignIn(ctx, p.Number, password))(t)
}

// B6: a fresh link at each message; the older one says so, and does nothing.
func TestB6OlderLinksSaySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p, first := w.sent(t, "anna")
	w.clock.forward(invite.ChaseEvery)
	must(w.Ask(ctx, w.admin.Actor(), invite.Order{To: only(p.ID)}))(t)
	second := w.goOut(t)
	for secret, want := range map[string]invite.LinkState{first: invite.LinkReplaced, second: invite.LinkGood} {
		if link := must(w.OpenLink(ctx, secret))(t); link.State != want {
			t.Errorf("%s, want %s", link.State, want)
		}
	}
	if _, err := w.ClaimLinkWith(ctx, first, password); !errors.Is(err, ErrLink) {
		t.Errorf("the older link: %v", err)
	}
	w.clock.forward(30 * 24 * time.Hour)
	if link := must(w.OpenLink(ctx, second))(t); link.State != invite.LinkExpired {
		t.Errorf("%s", link.State)
	}
	if err := w.RevokeInvitation(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	if link := must(w.OpenLink(ctx, second))(t); link.State != invite.LinkRevoked {
		t.Errorf("%s", link.State)
	}
}

// K13 to K18: Muster ID and a code that was given by hand, then a password of
// one's own; the code is good once, and guessing locks.
func TestK13AccessByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.person(t, "Ben", "Kohl", w.north.ID)
	first := must(w.HandOut(ctx, w.managerNorth.Actor(), p.ID))(t)
	second := must(w.HandOut(ctx, w.managerNorth.Actor(), p.ID))(t)
	if _, err := w.HandOut(ctx, w.managerSouth.Actor(), p.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a manager of another site: %v", err)
	}
	if _, err := w.SignIn(ctx, p.Number, first.Code); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the older code: %v", err)
	}
	in := must(w.SignIn(ctx, p.Number, second.Code))(t)
	if !in.Steps.Password {
		t.Errorf("%+v: no password of one's own is asked for", in)
	}
	if _, err := w.ChooseOwnPassword(ctx, in.Self, "short"); err == nil {
		t.Error("a short password")
	}
	must(w.ChooseOwnPassword(ctx, in.Self, password))(t)
	if _, err := w.SignIn(ctx, p.Number, second.Code); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the code after a password was chosen: %v", err)
	}
	must(w.SignIn(ctx, p.Number, password))(t)
	for range 5 {
		if _, err := w.SignIn(ctx, p.Number, "guess guess guess"); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%v", err)
		}
	}
	if _, err := w.SignIn(ctx, p.Number, password); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("after five wrong ones: %v", err)
	}
	if err := w.DeactivateAccount(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Hour)
	if _, err := w.SignIn(ctx, p.Number, password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a deactivated account: %v", err)
	}
}
