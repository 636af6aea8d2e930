package portal

import (
	"errors"
	"net/http"

	"muster/access"
)

type loginPage struct {
	*form
	Next string
	// Entry tells whether people can come in without an account.
	Entry bool
	// Wrong is why signing in failed, as the key of a message. It doesn't say which
	// of the two fields was wrong.
	Wrong string
	Until *moment // when trying again makes sense; nil: nobody knows
}

func (v *visit) login() error {
	if v.chooseLanguage() {
		return nil
	}
	next := v.r.URL.Query().Get("next")
	if _, _, ok, err := v.signedIn(v.r.Context()); err != nil {
		return err
	} else if ok {
		v.goTo(local(next))
		return nil
	}
	return v.show(http.StatusOK, "door", "login", loginPage{form: newForm(), Next: next, Entry: v.Doorman != nil})
}

func (v *visit) logIn() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := loginPage{form: f, Next: f.Get("next"), Entry: v.Doorman != nil}
	again := func(status int, wrong string) error {
		p.Wrong = wrong
		return v.show(status, "door", "login", p)
	}
	for _, field := range []string{"name", "password"} {
		if f.Get(field) == "" {
			f.reject(field, access.Required)
		}
	}
	if f.Bad() {
		return again(http.StatusUnprocessableEntity, "")
	}
	if !v.attempts.allow(v.Address(v.r)) {
		return again(http.StatusTooManyRequests, "login.too-many-address")
	}
	in, err := v.Accounts.SignIn(v.r.Context(), f.Get("name"), f.Raw("password"))
	var locked access.Locked
	switch {
	case errors.Is(err, access.ErrForbidden):
		return again(http.StatusForbidden, "login.wrong")
	case errors.As(err, &locked):
		v.zone = v.readersZone()
		p.Until = v.here(locked.Until)
		return again(http.StatusTooManyRequests, "login.locked")
	case err != nil:
		return err
	}
	if err := v.signIn(in.Self); err != nil {
		return err
	}
	v.goTo(local(p.Next))
	return nil
}

func (v *visit) logOut() error {
	if err := v.sessions.Destroy(v.r.Context()); err != nil {
		return err
	}
	v.goTo("/my/login")
	return nil
}

func (v *visit) forgotten() error {
	if v.chooseLanguage() {
		return nil
	}
	return v.show(http.StatusOK, "door", "forgotten", nil)
}
