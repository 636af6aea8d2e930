package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"muster/access"
)

type loginPage struct {
	*form
	hint
	Next      string
	Elsewhere string // address of this page without the organisation
	// Unclear tells that the organisation isn't known: among people of one number the
	// right one may not have been looked at. It is said whether there are any or not.
	Unclear bool
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
	_, _, ok, err := v.signedIn(v.r.Context())
	if err != nil {
		return err
	}
	if ok {
		v.goTo(local(next))
		return nil
	}
	p := loginPage{form: newForm(), Next: next, Entry: v.Doorman != nil}
	if p.hint, err = v.hint(); err != nil {
		return err
	}
	return v.showLogin(http.StatusOK, p)
}

func (v *visit) showLogin(status int, p loginPage) error {
	if p.Elsewhere = "/my/login?at="; p.Next != "" {
		p.Elsewhere += "&next=" + url.QueryEscape(p.Next)
	}
	return v.show(status, "door", "login", p)
}

func (v *visit) logIn() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := loginPage{form: f, Next: f.Get("next"), Entry: v.Doorman != nil}
	again := func(status int, wrong string) error {
		p.Wrong = wrong
		return v.showLogin(status, p)
	}
	if p.hint, err = v.hintOf(f.Get("at")); err != nil {
		return err
	}
	if f.Require("name", "password"); f.Bad() {
		return again(http.StatusUnprocessableEntity, "")
	}
	if !v.attempt() {
		return again(http.StatusTooManyRequests, "login.too-many-address")
	}
	in, err := v.Accounts.SignInAt(v.r.Context(), p.At, f.Get("name"), f.Raw("password"))
	var locked access.Locked
	switch {
	case errors.Is(err, access.ErrForbidden):
		p.Unclear = p.At == "" && !strings.Contains(f.Get("name"), "@")
		return again(http.StatusForbidden, "login.wrong")
	case errors.As(err, &locked):
		p.Until = v.here(locked.Until)
		return again(http.StatusTooManyRequests, "login.locked")
	case refusal(err) != "":
		f.Reject("password", string(wayOut(err)))
		return again(http.StatusUnprocessableEntity, "")
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
