package console

import (
	"errors"
	"net/http"

	"muster/access"
)

type passwordPage struct {
	*form
	At    string // where the form goes
	Token string
	Email string
}

// passwordDoor is where somebody chooses a password with a one-time link: users of the
// console at one, operators at another.
type passwordDoor struct {
	at     string // where the form goes
	owner  func(token string) (email, language string, err error)
	choose func(token, password string) (enter func() error, err error) // enter: into a session of theirs
}

func (v *visit) userDoor() passwordDoor {
	return passwordDoor{
		"/password",
		func(token string) (string, string, error) {
			u, err := v.people.PasswordLink(v.r.Context(), token)
			return u.Email, u.Language, err
		},
		func(token, password string) (func() error, error) {
			u, err := v.people.ChoosePassword(v.r.Context(), token, password)
			return func() error {
				if err := v.signIn(v.r.Context(), u); err != nil {
					return err
				}
				return v.done("password.done", "/")
			}, err
		},
	}
}

func (v *visit) password() error       { return v.showDoor(v.userDoor()) }
func (v *visit) choosePassword() error { return v.enterDoor(v.userDoor()) }

// showDoor shows the page of a link. Opening it uses nothing up: mail scanners open
// links too.
func (v *visit) showDoor(d passwordDoor) error {
	if v.chooseLanguage() {
		return nil
	}
	token := v.r.URL.Query().Get("token")
	email, err := v.linkOwner(d, token)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "door", "password", "", passwordPage{form: newForm(), At: d.at, Token: token, Email: email})
}

func (v *visit) enterDoor(d passwordDoor) error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	p := passwordPage{form: f, At: d.at, Token: f.Get("token")}
	if p.Email, err = v.linkOwner(d, p.Token); err != nil {
		return err
	}
	var enter func() error
	if f.Raw("password") == "" {
		f.Reject("password", access.Required)
	} else {
		enter, err = d.choose(p.Token, f.Raw("password"))
		if err := f.Take(err); err != nil {
			return deadLink(err)
		}
	}
	if f.Bad() {
		return v.show(http.StatusUnprocessableEntity, "door", "password", "", p)
	}
	return enter()
}

// linkOwner tells for whom a link is, in the language of that person's account
// from here on.
func (v *visit) linkOwner(d passwordDoor, token string) (string, error) {
	if token == "" {
		return "", access.ErrExpired
	}
	email, tongue, err := d.owner(token)
	if err != nil {
		return "", deadLink(err)
	}
	if lang, ok := v.texts.In(tongue); ok {
		v.text = lang
	}
	return email, nil
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
	if !v.attempt() {
		return access.ErrTooMany
	}
	u, err := v.people.ChangeOwnPassword(v.r.Context(), v.actor, f.Raw("current"), f.Raw("password"))
	if errors.Is(err, access.ErrForbidden) {
		f.Reject("current", "wrong-password")
	} else if err := f.Take(err); err != nil {
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
