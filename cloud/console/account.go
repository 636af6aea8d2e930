package console

import (
	"net/http"

	"muster/attendance"
)

type accountPage struct {
	*form
	Email     string
	Role      string
	Languages []string
}

func (v *visit) account() error {
	f := newForm()
	f.Set("name", v.user.Name)
	f.Set("language", v.user.Language)
	return v.showAccount(http.StatusOK, f)
}

func (v *visit) showAccount(status int, f *form) error {
	if !f.Values.Has("name") { // the other form of the page was sent
		f.Set("name", v.user.Name)
		f.Set("language", v.user.Language)
	}
	return v.show(status, "app", "account", "account", accountPage{
		form: f, Email: v.user.Email, Role: string(v.user.Role), Languages: attendance.Languages,
	})
}

func (v *visit) changeAccount() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	err = v.people.ChangeOwnAccount(v.r.Context(), v.actor, f.Get("name"), f.Get("language"))
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showAccount(http.StatusUnprocessableEntity, f)
	}
	return v.done("saved", "/account")
}

func (v *visit) help() error {
	return v.show(http.StatusOK, "app", "help", "help", nil)
}
