package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// posted returns the mails that wait, and has them leave.
func (w *world) posted(t *testing.T) []invite.Notice {
	t.Helper()
	all := must(w.TakeNotices(t.Context(), 20))(t)
	for _, n := range all {
		if n.Kind == invite.ContactCode {
			if err := w.ContactSent(t.Context(), invite.ContactChangeID(n.Subject)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.SettleNotice(t.Context(), n, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// asks has somebody write an address into their own data, and returns the change with
// the code that was mailed there.
func (w *world) asks(t *testing.T, self invite.Self, email string) (invite.ContactChange, string) {
	t.Helper()
	phone := must(w.Own(t.Context(), self))(t).Contact.Phone
	must(w.ChangeOwnDetails(t.Context(), self, invite.Details{Email: email, Phone: phone, Current: password}))(t)
	changes := must(w.Own(t.Context(), self))(t).Changes
	code := ""
	for _, n := range w.posted(t) {
		if n.Kind == invite.ContactCode {
			code = n.Secret
		}
	}
	if len(changes) != 1 || changes[0].Address != email || code == "" {
		t.Fatalf("%+v, code %q", changes, code)
	}
	return changes[0], code
}

// Whoever changes their own address shows the password, and then that they read the new
// one; until that the one before counts. Who read the old one is told.
func TestOwnAddressTakesPasswordAndCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	to := invite.Details{Email: "olga@new.example", Language: "de"}
	if _, err := w.ChangeOwnDetails(ctx, self, to); problem(err) != "current: required" {
		t.Errorf("without the password: %v", err)
	}
	to.Current = "not the password"
	if _, err := w.ChangeOwnDetails(ctx, self, to); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("with a wrong one: %v", err)
	}
	if own := must(w.Own(ctx, self))(t); own.Contact.Email != "olga@old.example" || len(own.Changes) != 0 || own.Profile.Language == "de" || len(w.posted(t)) != 0 {
		t.Fatalf("something came of it: %+v", own)
	}
	to.Current = password
	must(w.ChangeOwnDetails(ctx, self, to))(t)
	mails := w.posted(t)
	if len(mails) != 2 {
		t.Fatalf("%+v", mails)
	}
	var code string
	for _, n := range mails {
		switch {
		case n.Language != "de":
			t.Errorf("not in her language: %+v", n)
		case n.Kind == invite.ContactCode && n.To == "olga@new.example" && len(n.Secret) == 8:
			code = n.Secret
		case n.Kind == invite.ContactWarning && n.To == "olga@old.example" && n.About == "o…@new.example" && n.Secret == "":
		default:
			t.Errorf("%+v", n)
		}
	}
	own := must(w.Own(ctx, self))(t)
	if own.Contact.Email != "olga@old.example" || len(own.Changes) != 1 {
		t.Fatalf("it counts already: %+v", own)
	}
	if p := must(w.Invitation(ctx, w.stranger.Actor(), self.Profile))(t); len(p.Changes) != 1 || p.Changes[0].Address != "olga@new.example" {
		t.Errorf("an admin sees %+v", p.Changes)
	}
	must(w.SignIn(ctx, "olga@old.example", password))(t)
	if _, err := w.SignIn(ctx, "olga@new.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("she signs in by what isn't proved: %v", err)
	}
	id := own.Changes[0].ID
	if err := w.ConfirmOwnContact(ctx, self, id, "00000000"); problem(err) != "code: unknown" {
		t.Errorf("a guess: %v", err)
	}
	if err := w.ConfirmOwnContact(ctx, self, id, " "+code[:4]+" "+code[4:]+" "); err != nil {
		t.Fatal(err)
	}
	if own := must(w.Own(ctx, self))(t); own.Contact.Email != "olga@new.example" || len(own.Changes) != 0 {
		t.Errorf("%+v", own)
	}
	must(w.SignIn(ctx, "olga@new.example", password))(t)
	if _, err := w.SignIn(ctx, "olga@old.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("she signs in by the old one: %v", err)
	}
	if err := w.ConfirmOwnContact(ctx, self, id, code); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a code counts twice: %v", err)
	}
}

// Five wrong codes end it, another can be had after a minute, and a few a day, whoever's
// mailbox it is.
func TestOwnAddressIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	c, code := w.asks(t, self, "olga@new.example")
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
	for range contactTries {
		if err := w.ConfirmOwnContact(ctx, self, c.ID, wrong); problem(err) != "code: unknown" {
			t.Fatal(err)
		}
	}
	if err := w.ConfirmOwnContact(ctx, self, c.ID, code); problem(err) != "code: expired" {
		t.Errorf("the sixth try: %v", err)
	}
	var locked access.Locked
	if err := w.ResendOwnContact(ctx, self, c.ID); !errors.As(err, &locked) {
		t.Errorf("another at once: %v", err)
	}
	for range contactCodes - 1 {
		w.clock.forward(contactPause)
		if err := w.ResendOwnContact(ctx, self, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	sent := w.posted(t)
	if len(sent) != 1 || sent[0].Secret == code {
		t.Errorf("%+v", sent)
	}
	w.clock.forward(contactPause)
	if err := w.ResendOwnContact(ctx, self, c.ID); !errors.As(err, &locked) {
		t.Errorf("the seventh of a day: %v", err)
	}
	if _, err := w.ChangeOwnDetails(ctx, self, invite.Details{Email: "third@new.example", Current: password}); !errors.As(err, &locked) {
		t.Errorf("to another address: %v", err)
	}
	other := w.member(t, w.admin, w.north.ID, "Uwe", "uwe@acme.example")
	if _, err := w.ChangeOwnDetails(ctx, other, invite.Details{Email: "olga@new.example", Current: password}); !errors.As(err, &locked) {
		t.Errorf("somebody else to the same mailbox: %v", err)
	}
	if err := w.ConfirmOwnContact(ctx, self, c.ID, sent[0].Secret); err != nil {
		t.Errorf("the latest code: %v", err)
	}
}

// Somebody who asks again and again keeps a change alive, and gets no more codes by it:
// neither is a stranger mailed every minute, nor the code guessed in the end.
func TestOwnAddressIsNotMailedForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	c, _ := w.asks(t, self, "stranger@new.example")
	w.clock.forward(contactLife - time.Hour)
	if err := w.ResendOwnContact(ctx, self, c.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(2 * time.Hour)
	sent := 0
	for range 3 * contactCodes {
		var locked access.Locked
		switch err := w.ResendOwnContact(ctx, self, c.ID); {
		case err == nil:
			sent++
		case !errors.As(err, &locked) || !locked.Until.After(w.clock.now()):
			t.Fatal(err)
		}
		w.clock.forward(contactPause)
	}
	if sent > contactCodes-2 {
		t.Errorf("%d more codes", sent)
	}
}

// What waits is void as soon as the password is another one, an admin has written an
// address, or it is taken back; nobody else confirms it.
func TestOwnAddressIsVoid(t *testing.T) {
	t.Parallel()
	for what, void := range map[string]func(*world, invite.Self, invite.ContactChange) error{
		"another password": func(w *world, self invite.Self, _ invite.ContactChange) error {
			w.clock.forward(time.Second)
			return w.ReplaceOwnPassword(t.Context(), self, password, "another unguessable 7")
		},
		"an admin wrote one": func(w *world, self invite.Self, _ invite.ContactChange) error {
			return w.SetContact(t.Context(), w.stranger.Actor(), self.Profile, invite.Contact{Email: "third@old.example"})
		},
		"taken back": func(w *world, self invite.Self, c invite.ContactChange) error {
			return w.CancelOwnContact(t.Context(), self, c.ID)
		},
		"ended": func(w *world, self invite.Self, _ invite.ContactChange) error {
			return w.DeactivateAccount(t.Context(), w.stranger.Actor(), self.Profile)
		},
		"a day": func(w *world, _ invite.Self, _ invite.ContactChange) error {
			w.clock.forward(contactLife)
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			self := w.olga(t, "olga@old.example")
			c, code := w.asks(t, self, "olga@new.example")
			mallory := w.member(t, w.stranger, w.elsewhere.ID, "Mallory", "mallory@old.example")
			if err := w.ConfirmOwnContact(t.Context(), mallory, c.ID, code); !errors.Is(err, access.ErrNotFound) {
				t.Errorf("somebody else confirms it: %v", err)
			}
			for what, err := range map[string]error{
				"sends another code": w.ResendOwnContact(t.Context(), mallory, c.ID), "takes it back": w.CancelOwnContact(t.Context(), mallory, c.ID),
			} {
				if !errors.Is(err, access.ErrNotFound) {
					t.Errorf("somebody else %s: %v", what, err)
				}
			}
			if err := void(w, self, c); err != nil {
				t.Fatal(err)
			}
			before := must(w.Own(t.Context(), self))(t).Contact.Email
			if err := w.ConfirmOwnContact(t.Context(), self, c.ID, code); !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%v", err)
			}
			if own := must(w.Own(t.Context(), self))(t); own.Contact.Email != before || len(own.Changes) != 0 {
				t.Errorf("%+v", own)
			}
		})
	}
}

// An address that a colleague has by now isn't taken over; one that was proved ties
// nobody to somebody else's account.
func TestOwnAddressOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	c, code := w.asks(t, self, "late@new.example")
	w.member(t, w.stranger, w.elsewhere.ID, "Late", "late@new.example")
	if err := w.ConfirmOwnContact(ctx, self, c.ID, code); problem(err) != "code: taken" {
		t.Errorf("%v", err)
	}
	if _, err := w.ChangeOwnDetails(ctx, self, invite.Details{Email: "late@new.example", Current: password}); problem(err) != "email: taken" {
		t.Errorf("%v", err)
	}
	anna := w.member(t, w.admin, w.north.ID, "Anna", "anna@both.example")
	c, code = w.asks(t, self, "anna@both.example")
	if err := w.ConfirmOwnContact(ctx, self, c.ID, code); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Enter(ctx, self, anna.Profile); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a code opens somebody's account elsewhere: %v", err)
	}
}

// A code that was only kept for administrators proves an address to nobody else.
func TestOwnAddressKeptProvesNothingElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	must(w.ChangeOwnDetails(ctx, self, invite.Details{Email: "boss@acme.example", Current: password}))(t)
	var code string
	for _, n := range must(w.TakeNotices(ctx, 20))(t) {
		if n.Kind == invite.ContactCode {
			code = n.Secret
		}
	}
	if err := w.ConfirmOwnContact(ctx, self, must(w.Own(ctx, self))(t).Changes[0].ID, code); err != nil {
		t.Fatal(err)
	}
	if n := w.number(t, `SELECT count(*) FROM accounts WHERE proven = 'boss@acme.example' OR proven = 'olga@old.example'`); n != 0 {
		t.Error("it is proved")
	}
}

// A number waits for a code only where messages go to numbers; an address or number
// that is taken away is gone at once. The password is asked for each time.
func TestOwnNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@old.example")
	d := invite.Details{Email: "olga@old.example", Phone: "+4915112345678"}
	if _, err := w.ChangeOwnDetails(ctx, self, d); problem(err) != "current: required" {
		t.Errorf("%v", err)
	}
	d.Current = password
	must(w.ChangeOwnDetails(ctx, self, d))(t)
	if own := must(w.Own(ctx, self))(t); own.Contact.Phone != d.Phone || len(own.Changes) != 0 {
		t.Errorf("where no SMS go out: %+v", own)
	}
	if mails := w.posted(t); len(mails) != 1 || mails[0].Kind != invite.ContactWarning || mails[0].About != "…678" {
		t.Errorf("%+v", mails)
	}
	SMS(true)(w.Store)
	policy := must(w.Policy(ctx, w.stranger.Actor()))(t)
	policy.SMS = true
	if err := w.SetPolicy(ctx, w.stranger.Actor(), policy); err != nil {
		t.Fatal(err)
	}
	d.Phone = "+4915187654321"
	must(w.ChangeOwnDetails(ctx, self, d))(t)
	own := must(w.Own(ctx, self))(t)
	if own.Contact.Phone != "+4915112345678" || len(own.Changes) != 1 || own.Changes[0].Channel != invite.SMS {
		t.Fatalf("where SMS go out: %+v", own)
	}
	var code string
	for _, n := range w.posted(t) {
		if n.Kind == invite.ContactCode && n.To == "+4915187654321" {
			code = n.Secret
		}
	}
	if err := w.ConfirmOwnContact(ctx, self, own.Changes[0].ID, code); err != nil {
		t.Fatal(err)
	}
	must(w.ChangeOwnDetails(ctx, self, invite.Details{Current: password}))(t)
	if own := must(w.Own(ctx, self))(t); own.Contact != (invite.Contact{}) || len(own.Changes) != 0 {
		t.Errorf("%+v", own)
	}
	if _, err := w.SignIn(ctx, "olga@old.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("an address that is gone: %v", err)
	}
}
