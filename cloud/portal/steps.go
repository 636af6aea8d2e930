package portal

import (
	"net/http"

	"muster/access"
	"muster/invite"
)

// progress is where somebody is between claiming and active.
type progress struct{ Step, Of int }

func howMany(s invite.Steps) int {
	n := 0
	for _, wanted := range []bool{s.Password, s.Details, s.Photo} {
		if wanted {
			n++
		}
	}
	return n
}

// nextStep is the page of what has to be done next; empty: nothing.
func nextStep(o invite.Own) string {
	switch {
	case o.Steps.Password:
		return "/my/start/password"
	case o.Steps.Details:
		return "/my/start/details"
	case o.Steps.Photo:
		return "/my/start/photo"
	default:
		return ""
	}
}

func (v *visit) progress() progress {
	return progress{howMany(v.own.Wanted) - howMany(v.own.Steps) + 1, howMany(v.own.Wanted)}
}

// at leads away from a step that isn't the one to do; ok tells that it is.
func (v *visit) atStep(path string) (ok bool) {
	if next := nextStep(v.own); next != path {
		if next == "" {
			next = "/my"
		}
		v.goTo(next)
		return false
	}
	return true
}

func (v *visit) start() error {
	next := nextStep(v.own)
	if next == "" {
		next = "/my/welcome"
	}
	v.goTo(next)
	return nil
}

// after goes on to what is left.
func (v *visit) after(invite.Steps) error {
	v.goTo("/my/start")
	return nil
}

type stepPage struct {
	*form
	progress
	standard
	Username string // for password managers
	Reset    bool   // the account is active: a forgotten password is replaced
}

func (v *visit) stepPassword() error {
	if !v.atStep("/my/start/password") {
		return nil
	}
	return v.showStepPassword(http.StatusOK, newForm())
}

func (v *visit) showStepPassword(status int, f *form) error {
	return v.show(status, "door", "step-password", stepPage{
		form: f, progress: v.progress(), standard: v.emptyStandard("/my/check"), Username: v.username(), Reset: v.own.State.Account == invite.Active,
	})
}

// username is what a password manager keeps the password under.
func (v *visit) username() string {
	if v.own.Contact.Email != "" {
		return v.own.Contact.Email
	}
	return v.own.Profile.Number
}

func (v *visit) takePassword() error {
	if !v.atStep("/my/start/password") {
		return nil
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if f.Raw("password") == "" {
		f.Reject("password", access.Required)
		return v.showStepPassword(http.StatusUnprocessableEntity, f)
	}
	left, err := v.Accounts.ChooseOwnPassword(v.r.Context(), v.self, f.Raw("password"))
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showStepPassword(http.StatusUnprocessableEntity, f)
	}
	if err := v.signIn(v.self); err != nil { // every other session is over
		return err
	}
	return v.after(left)
}

func (v *visit) welcome() error {
	return v.show(http.StatusOK, "door", "welcome", struct{ First, Number, Email string }{
		v.own.Profile.FirstName, v.own.Profile.Number, v.own.Contact.Email,
	})
}
