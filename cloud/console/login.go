package console

import (
	"errors"
	"net/http"
	"time"

	"muster/access"
)

// The limit on attempts to sign in from one network: a burst for an office behind
// one router, then one every few seconds. The store locks single accounts on top
// of this.
const (
	attemptBurst = 20
	attemptEvery = 3 * time.Second
)

type loginPage struct {
	*form
	Next string
	// Wrong is why signing in failed, as the key of a message. It doesn't say
	// which of the two fields was wrong.
	Wrong string
}

func (v *visit) login() error {
	if v.chooseLanguage() {
		return nil
	}
	if _, ok, err := v.signedIn(v.r.Context()); err != nil {
		return err
	} else if ok {
		v.goTo(local(v.r.URL.Query().Get("next")))
		return nil
	}
	if first, err := v.people.FirstStart(v.r.Context()); err != nil {
		return err
	} else if first {
		v.goTo("/setup")
		return nil
	}
	return v.show(http.StatusOK, "door", "login", "", loginPage{form: newForm(), Next: v.r.URL.Query().Get("next")})
}

func (v *visit) logIn() error {
	return v.enter("login", func(f *form) error {
		u, err := v.people.Authenticate(v.r.Context(), f.Get("email"), f.Raw("password"))
		if err != nil {
			return err
		}
		if err := v.signIn(v.r.Context(), u); err != nil {
			return err
		}
		v.goTo(local(f.Get("next")))
		return nil
	})
}

// enter reads an address and a password and lets in whom let does not refuse; else
// it shows the page again and says why, as far as may be said.
func (v *visit) enter(page string, let func(f *form) error) error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := loginPage{form: f, Next: f.Get("next")}
	again := func(status int, wrong string) error {
		p.Wrong = wrong
		return v.show(status, "door", page, "", p)
	}
	if f.Require("email"); f.Raw("password") == "" {
		f.Reject("password", access.Required)
	}
	if f.Bad() {
		return again(http.StatusUnprocessableEntity, "")
	}
	if !v.attempt() {
		return again(http.StatusTooManyRequests, "login.too-many-address")
	}
	switch err := let(f); {
	case errors.Is(err, access.ErrForbidden):
		return again(http.StatusForbidden, "login.wrong")
	case errors.Is(err, access.ErrTooMany):
		return again(http.StatusTooManyRequests, "login.too-many")
	default:
		return err
	}
}

// attempt takes one try at something that strangers could guess, if their network has
// one left.
func (v *visit) attempt() bool { return v.attempts.Allow(access.NetworkOf(v.address(v.r))) }

func (v *visit) logOut() error {
	if err := v.sessions.Destroy(v.r.Context()); err != nil {
		return err
	}
	v.goTo("/login")
	return nil
}

// chooseLanguage keeps a language that was picked on a page for people who
// aren't signed in, and comes back to that page.
func (v *visit) chooseLanguage() bool {
	back, ok := v.texts.Choose(v.w, v.r, v.https)
	if ok {
		v.goTo(local(back))
	}
	return ok
}
