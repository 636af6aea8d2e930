package console

import (
	"errors"
	"net/http"

	"muster/access"
)

type passwordPage struct {
	*form
	Token string
	Email string
}

// password shows the page on which somebody chooses a password with a one-time
// link. Opening it uses nothing up: mail scanners open links too.
func (v *visit) password() error {
	if v.chooseLanguage() {
		return nil
	}
	token := v.r.URL.Query().Get("token")
	u, err := v.linkOwner(token)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "door", "password", "", passwordPage{form: newForm(), Token: token, Email: u.Email})
}

func (v *visit) choosePassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempts.allow(v.address(v.r)) {
		return access.ErrTooMany
	}
	p := passwordPage{form: f, Token: f.Get("token")}
	u, err := v.linkOwner(p.Token)
	if err != nil {
		return err
	}
	p.Email = u.Email
	if f.Raw("password") == "" {
		f.reject("password", access.Required)
	} else {
		u, err = v.people.ChoosePassword(v.r.Context(), p.Token, f.Raw("password"))
		if err := f.take(err); err != nil {
			return deadLink(err)
		}
	}
	if f.Bad() {
		return v.show(http.StatusUnprocessableEntity, "door", "password", "", p)
	}
	if err := v.signIn(v.r.Context(), u); err != nil {
		return err
	}
	return v.done("password.done", "/")
}

// linkOwner tells for whom a link is, in the language of that person's account
// from here on.
func (v *visit) linkOwner(token string) (access.User, error) {
	if token == "" {
		return access.User{}, access.ErrExpired
	}
	u, err := v.people.PasswordLink(v.r.Context(), token)
	if err != nil {
		return access.User{}, deadLink(err)
	}
	if lang, ok := v.texts.in(u.Language); ok {
		v.text = lang
	}
	return u, nil
}

// deadLink makes one answer of a link that never was, was used or is too old:
// which of them it is doesn't help whoever holds it.
func deadLink(err error) error {
	if errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrForbidden) {
		return access.ErrExpired
	}
	return err
}

// changePassword replaces the signed-in user's password. It asks for the present
// one, so that an unattended screen is not enough, and every other session of
// the user ends.
func (v *visit) changePassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempts.allow(v.address(v.r)) {
		return access.ErrTooMany
	}
	u, err := v.people.ChangeOwnPassword(v.r.Context(), v.actor, f.Raw("current"), f.Raw("password"))
	if errors.Is(err, access.ErrForbidden) {
		f.reject("current", "wrong-password")
	} else if err := f.take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showAccount(http.StatusUnprocessableEntity, f)
	}
	if err := v.signIn(v.r.Context(), u); err != nil {
		return err
	}
	return v.done("account.password-changed", "/account")
}
