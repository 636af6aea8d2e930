package portal

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/invite"
)

// comeInPage asks somebody without an account for an address; once they have given
// one it says that a mail is on its way, whether or not it is.
type comeInPage struct {
	*form
	Organisation string // that a join link leads to; empty: none
	Link         string // the code of that link
	Sent         string // the address that was typed; empty: none yet
}

func (v *visit) comeIn() error {
	if v.chooseLanguage() {
		return nil
	}
	if _, _, ok, err := v.signedIn(v.r.Context()); err != nil {
		return err
	} else if ok {
		v.goTo("/my/organisations")
		return nil
	}
	return v.showComeIn(http.StatusOK, comeInPage{form: newForm()})
}

func (v *visit) showComeIn(status int, p comeInPage) error {
	return v.show(status, "door", "come-in", p)
}

// askEntry takes an address, with a join link or key where there is one. The
// answer is the same for every address.
func (v *visit) askEntry() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	p := comeInPage{form: f, Link: f.Get("link")}
	r := invite.EntryRequest{Code: p.Link, Language: v.text.Tag}
	f.Require("email")
	r.Email = contact(f, "email", v.Contacts.Email)
	if r.Code == "" {
		r.Code = f.Get("key")
	}
	if r.Code != "" { // whether a code is good is no secret about a person
		e, err := v.Accounts.Entrance(v.r.Context(), invite.Self{}, r.Code)
		switch {
		case isNotFound(err) && p.Link != "":
			return v.show(http.StatusNotFound, "door", "join-link", joinLinkPage{State: "unknown"})
		case isNotFound(err):
			f.Reject("key", "unknown-key")
		case err != nil:
			return err
		}
		v.rightAttempt()
		if p.Link != "" {
			p.Organisation = e.Organisation
		}
	}
	if f.Bad() {
		return v.showComeIn(http.StatusUnprocessableEntity, p)
	}
	if f.Raw("website") == "" { // no person sees that field
		v.Doorman.Ask(r)
	}
	p.Sent = r.Email
	return v.showComeIn(http.StatusOK, p)
}

// entryPage is what a mailed link opens.
type entryPage struct {
	*form
	standard
	invite.Entry
	State string
	Token string
	Here  string
	Again bool // the form came without what proves that it is ours
}

// entry shows what a mailed link is good for. It claims nothing, however often and
// by whomever it is opened.
func (v *visit) entry() error {
	if v.chooseLanguage() {
		return nil
	}
	return v.showEntry(http.StatusOK, newForm(), false)
}

func (v *visit) showEntry(status int, f *form, again bool) error {
	p := entryPage{form: f, standard: v.emptyStandard(""), Here: "/my/entry/" + v.r.PathValue("secret"), Again: again}
	e, err := v.Accounts.Entry(v.r.Context(), v.r.PathValue("secret"))
	switch {
	case isNotFound(err):
		p.State, status = "unknown", http.StatusNotFound
		return v.show(status, "door", "entry", p)
	case err != nil:
		return err
	}
	p.Entry, p.State = e, string(e.State)
	if _, chosen := v.texts.Chosen(v.r); !chosen {
		if lang, ok := v.texts.In(e.Language); ok {
			v.text = lang
		}
	}
	switch e.State {
	case invite.EntryGood:
		p.Token = v.joinToken(true)
	case invite.EntryOver:
		status = http.StatusGone
	}
	return v.show(status, "door", "entry", p)
}

// takeEntry is what the button does: a member with a seat, an account, and on to
// what else the organisation asks for.
func (v *visit) takeEntry() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	if !v.proven(f) {
		return v.showEntry(http.StatusUnprocessableEntity, newForm(), true)
	}
	in, err := v.Accounts.TakeEntry(v.r.Context(), v.r.PathValue("secret"), f.Get("first_name"), f.Get("last_name"), f.Raw("password"))
	if v.BadLink(err) || isNotFound(err) || errors.Is(err, access.ErrForbidden) || refusal(err) != "" {
		return v.showEntry(http.StatusConflict, newForm(), false)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showEntry(http.StatusUnprocessableEntity, f, false)
	}
	if err := v.signIn(in.Self); err != nil {
		return err
	}
	v.goTo("/my/start")
	return nil
}
