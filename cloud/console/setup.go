package console

import (
	"errors"
	"net/http"

	"muster/access"
)

type setupPage struct {
	*form
	Token string
	Wrong string // why the token is no good, as the key of a message
}

// setup asks for the first admin. The token in the link was printed where only
// whoever runs the server sees it.
func (v *visit) setup() error {
	if v.chooseLanguage() {
		return nil
	}
	first, err := v.people.FirstStart(v.r.Context())
	if err != nil {
		return err
	}
	if !first {
		v.goTo("/")
		return nil
	}
	return v.show(http.StatusOK, "door", "setup", "", setupPage{form: newForm(), Token: v.r.URL.Query().Get("token")})
}

func (v *visit) setUp() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := setupPage{form: f, Token: f.Get("token")}
	f.Require("organisation", "name", "email", "token")
	if f.Raw("password") == "" {
		f.Reject("password", access.Required)
	}
	if f.Bad() {
		return v.show(http.StatusUnprocessableEntity, "door", "setup", "", p)
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	u, err := v.people.SetUp(v.r.Context(), p.Token, access.SetUp{
		Organisation: f.Get("organisation"), Email: f.Get("email"), Name: f.Get("name"),
		Password: f.Raw("password"), Language: v.text.Tag,
	})
	switch {
	case errors.Is(err, access.ErrForbidden), errors.Is(err, access.ErrNotFound):
		p.Wrong = "setup.wrong-token"
	case errors.Is(err, access.ErrExpired):
		p.Wrong = "setup.expired-token"
	case errors.Is(err, access.ErrConflict):
		v.goTo("/login")
		return nil
	case err != nil:
		if err := f.Take(err); err != nil {
			return err
		}
	default:
		if err := v.signIn(v.r.Context(), u); err != nil {
			return err
		}
		return v.done("setup.done", "/")
	}
	return v.show(http.StatusUnprocessableEntity, "door", "setup", "", p)
}
