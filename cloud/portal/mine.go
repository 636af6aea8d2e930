package portal

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/invite"
)

func (v *visit) more() error {
	faceID, err := v.allowsFace()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "my", "more", struct {
		Face         *face
		Name, Number string
		Missing      []string
		Waiting      int
		FaceID       bool // there is a page about it
	}{faceOf(v.own.Profile), v.own.Profile.Name(), v.own.Profile.Number, v.missing(), v.own.Waiting, faceID})
}

// cardRow is one of the person's cards. Its number is nobody's business, not even
// the holder's: whoever looks over a shoulder could make another.
type cardRow struct {
	State string // "active", "blocked" or "ended"
	From  *moment
	To    *moment
}

func (v *visit) cards() error {
	var rows []cardRow
	for _, c := range v.own.Cards {
		r := cardRow{State: "active", From: v.here(c.From), To: v.here(c.To)}
		switch {
		case !c.To.IsZero():
			r.State = "ended"
		case c.Blocked:
			r.State = "blocked"
		}
		rows = append(rows, r)
	}
	return v.show(http.StatusOK, "my", "cards", rows)
}

type invitationsPage struct {
	Messages []messageRow
	Waiting  bool // one is about to be sent
}

type messageRow struct {
	Event   string
	Channel string
	Address string
	State   string
	At      *moment
	Expires *moment // nil: it is good no more
}

func (v *visit) invitations() error {
	sent, err := v.Accounts.OwnMessages(v.r.Context(), v.self)
	if err != nil {
		return err
	}
	p := invitationsPage{Waiting: v.own.State.Status() == invite.Waiting}
	for _, m := range sent {
		r := messageRow{Event: string(m.Event), Channel: string(m.Channel), Address: m.Address, State: string(m.Delivery), At: v.here(m.At)}
		if !m.Ended && m.Delivery != invite.Expired {
			r.Expires = v.here(m.Expires)
		}
		p.Messages = append(p.Messages, r)
	}
	return v.show(http.StatusOK, "my", "invitations", p)
}

func (v *visit) help() error { return v.show(http.StatusOK, "my", "help", nil) }

type passwordPage struct {
	*form
	standard
	Username string
	Until    *moment
}

func (v *visit) password() error { return v.showPassword(http.StatusOK, newForm(), nil) }

func (v *visit) showPassword(status int, f *form, until *moment) error {
	return v.show(status, "my", "password", passwordPage{form: f, standard: v.emptyStandard("/my/check"), Username: v.username(), Until: until})
}

// changePassword asks for the present password, so that an unattended phone is
// not enough; every other session of the person ends.
func (v *visit) changePassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	for _, field := range []string{"current", "password"} {
		if f.Raw(field) == "" {
			f.Reject(field, access.Required)
		}
	}
	if f.Bad() {
		return v.showPassword(http.StatusUnprocessableEntity, f, nil)
	}
	err = v.Accounts.ReplaceOwnPassword(v.r.Context(), v.self, f.Raw("current"), f.Raw("password"))
	var locked access.Locked
	switch {
	case errors.As(err, &locked):
		return v.showPassword(http.StatusTooManyRequests, f, v.here(locked.Until))
	case errors.Is(err, access.ErrForbidden):
		f.Reject("current", "wrong-password")
	default:
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showPassword(http.StatusUnprocessableEntity, f, nil)
	}
	if err := v.signIn(v.self); err != nil {
		return err
	}
	return v.done("password.changed", "/my/more")
}
