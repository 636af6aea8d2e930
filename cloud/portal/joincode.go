package portal

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/invite"
)

type joinKeyPage struct {
	*form
	Until *moment // when trying again makes sense; nil: now
}

func (v *visit) joinKey() error { return v.showJoinKey(http.StatusOK, newForm(), nil) }

func (v *visit) showJoinKey(status int, f *form, until *moment) error {
	return v.show(status, "my", "join-key", joinKeyPage{f, until})
}

// enterKey joins at once: typing a key is a yes.
func (v *visit) enterKey() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if f.Get("key") == "" {
		f.Reject("key", access.Required)
		return v.showJoinKey(http.StatusUnprocessableEntity, f, nil)
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	_, err = v.Accounts.JoinByCode(v.r.Context(), v.self, f.Get("key"))
	var locked access.Locked
	switch full := refusal(err); {
	case full != "":
		f.Reject("key", string(wayOut(err)))
	case errors.As(err, &locked):
		return v.showJoinKey(http.StatusTooManyRequests, f, v.here(locked.Until))
	case isNotFound(err):
		f.Reject("key", "unknown-key")
	case errors.Is(err, access.ErrForbidden):
		f.Reject("key", "ended-there")
	case err != nil:
		return err
	}
	if f.Bad() {
		return v.showJoinKey(http.StatusUnprocessableEntity, f, nil)
	}
	return v.done("organisations.joined", "/my/organisations")
}

// wayOut is the problem of an error that refusal knows.
func wayOut(err error) invite.Reason {
	var invalid access.Invalid
	_ = errors.As(err, &invalid)
	return invite.Reason(invalid.Problem)
}

// joinLinkPage is what an organisation's join link opens. It lets nobody in: the
// button does.
type joinLinkPage struct {
	*form
	Code         string // with which somebody without an account comes in; empty: nobody can
	Organisation string
	State        string // "join", "sign-in", "member", "unknown", or invite.Reason
	Here         string
	Name         string // of who is signed in
}

// joinLink shows where a join link leads, however often and by whomever it is
// opened.
func (v *visit) joinLink() error {
	if v.chooseLanguage() {
		return nil
	}
	self, own, ok, err := v.signedIn(v.r.Context())
	if err != nil {
		return err
	}
	if ok {
		v.become(self, own)
	} else {
		self = invite.Self{}
		if !v.attempt() {
			return access.ErrTooMany
		}
	}
	return v.showJoinLink(self)
}

func (v *visit) showJoinLink(self invite.Self) error {
	p := joinLinkPage{form: newForm(), Here: v.r.URL.Path, State: "join", Name: v.own.Profile.Name()}
	e, err := v.Accounts.Entrance(v.r.Context(), self, v.r.PathValue("code"))
	switch {
	case isNotFound(err):
		p.State = "unknown"
		return v.show(http.StatusNotFound, "door", "join-link", p)
	case err != nil:
		return err
	}
	v.rightAttempt() // nobody guesses a good one
	switch {
	case e.Member:
		p.State = "member"
	case e.Refused != "":
		p.State = string(e.Refused)
	case self.Profile == "":
		p.State = "sign-in"
		if v.Doorman != nil {
			p.Code = v.r.PathValue("code")
		}
	}
	p.Organisation = e.Organisation
	return v.show(http.StatusOK, "door", "join-link", p)
}

// joinByLink is what the button does.
func (v *visit) joinByLink() error {
	if _, err := v.readForm(); err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	_, err := v.Accounts.JoinByCode(v.r.Context(), v.self, v.r.PathValue("code"))
	if isNotFound(err) || refusal(err) != "" {
		return v.showJoinLink(v.self)
	}
	if err != nil {
		return err
	}
	return v.done("organisations.joined", "/my/organisations")
}
