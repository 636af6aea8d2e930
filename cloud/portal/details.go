package portal

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
	"muster/invite"
)

type detailsPage struct {
	*form
	progress
	FirstName string
	LastName  string
	Number    string
	Sites     []string
	Missing   []string // what would be good to have, by name
	Action    string
	Button    string // key of what the button says
	Until     *moment
	Prove     bool // the present password is asked for
	Changes   []invite.ContactChange
}

func (v *visit) detailsForm() *form {
	f := newForm()
	f.Set("email", v.own.Contact.Email)
	f.Set("phone", v.own.Contact.Phone)
	f.Set("language", v.text.Tag)
	return f
}

func (v *visit) stepDetails() error {
	if !v.atStep("/my/start/details") {
		return nil
	}
	return v.showDetails(http.StatusOK, "door", "step-details", v.detailsForm())
}

func (v *visit) details() error {
	return v.showDetails(http.StatusOK, "my", "details", v.detailsForm())
}

func (v *visit) showDetails(status int, layout, name string, f *form) error {
	return v.showDetailsUntil(status, layout, name, f, nil)
}

func (v *visit) showDetailsUntil(status int, layout, name string, f *form, until *moment) error {
	p := detailsPage{
		form: f, progress: v.progress(), FirstName: v.own.Profile.FirstName, LastName: v.own.Profile.LastName, Number: v.own.Profile.Number,
		Missing: v.missing(), Action: v.r.URL.Path, Button: "form.save",
		Until: until, Prove: f.Problem("current") != "" || f.Raw("current") != "", Changes: v.own.Changes,
	}
	if layout == "door" {
		p.Button = "step.next"
	}
	for _, s := range v.own.Sites {
		p.Sites = append(p.Sites, s.Name)
	}
	return v.show(status, layout, name, p)
}

// missing names what would be good to have of a person.
func (v *visit) missing() []string {
	var all []string
	if len(v.own.Changes) > 0 {
		all = append(all, "confirm")
	} else if v.own.Contact.Email == "" && v.own.Contact.Phone == "" {
		all = append(all, "contact")
	}
	if v.own.Profile.Photo == "" {
		all = append(all, "photo")
	}
	working := false
	for _, c := range v.own.Cards {
		working = working || c.Holds(v.Now()) && !c.Blocked
	}
	if !working {
		all = append(all, "card")
	}
	return all
}

func (v *visit) takeDetails() error {
	if !v.atStep("/my/start/details") {
		return nil
	}
	f, left, until, err := v.saveDetails()
	if err != nil {
		return err
	}
	if until != nil {
		return v.showDetailsUntil(http.StatusTooManyRequests, "door", "step-details", f, until)
	}
	if f.Bad() {
		return v.showDetails(http.StatusUnprocessableEntity, "door", "step-details", f)
	}
	n, err := v.waiting()
	if err != nil {
		return err
	}
	if n > 0 { // it waits for them until the other steps are done
		v.sessions.Put(v.r.Context(), keyFlash, "contact.sent")
	}
	return v.after(left)
}

func (v *visit) changeDetails() error {
	f, _, until, err := v.saveDetails()
	if err != nil {
		return err
	}
	if until != nil {
		return v.showDetailsUntil(http.StatusTooManyRequests, "my", "details", f, until)
	}
	if f.Bad() {
		return v.showDetails(http.StatusUnprocessableEntity, "my", "details", f)
	}
	n, err := v.waiting()
	if err != nil {
		return err
	}
	if n > len(v.own.Changes) || n > 0 && f.Raw("current") != "" {
		return v.done("contact.on-its-way", "/my/contact")
	}
	return v.done("saved", "/my/details")
}

// saveDetails stores what somebody wrote of themselves. until is when they may try
// again; nil: nothing holds them up.
func (v *visit) saveDetails() (f *form, left invite.Steps, until *moment, err error) {
	if f, err = v.readForm(); err != nil {
		return nil, left, nil, err
	}
	d := invite.Details{Language: f.Get("language"), Current: f.Raw("current")}
	d.Email = contact(f, "email", func(given string) (string, *invite.Refusal) { return v.Contacts.Email(given) })
	d.Phone = contact(f, "phone", func(given string) (string, *invite.Refusal) { return v.Contacts.Phone(given, v.own.Region) })
	if f.Bad() {
		return f, left, nil, nil
	}
	if d.Current != "" && !v.attempt() {
		return nil, left, nil, access.ErrTooMany
	}
	left, err = v.Accounts.ChangeOwnDetails(v.r.Context(), v.self, d)
	var locked access.Locked
	switch {
	case errors.As(err, &locked):
		return f, left, v.here(locked.Until), nil
	case errors.Is(err, access.ErrForbidden) && d.Current != "":
		f.Reject("current", "wrong-password")
		return f, left, nil, nil
	}
	if missing := (access.Invalid{}); errors.As(err, &missing) && missing.Field == "current" {
		f.Reject("current", "prove-it")
		return f, left, nil, nil
	}
	if err := f.Take(err); err != nil {
		return nil, left, nil, err
	}
	if !f.Bad() {
		v.rightAttempt()
		v.sessions.Put(v.r.Context(), keyLanguage, d.Language)
	}
	return f, left, nil, nil
}

// contact reads a field by what contacts are checked with.
func contact(f *form, field string, check func(string) (string, *invite.Refusal)) string {
	good, refusal := check(f.Get(field))
	f.Refuse(field, refusal)
	return good
}

func (v *visit) language() error { return v.show(http.StatusOK, "my", "language", nil) }

func (v *visit) setLanguage() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	lang, ok := v.texts.In(f.Get("language"))
	if !ok {
		return pages.ErrBadForm
	}
	if err := v.Accounts.SetOwnLanguage(v.r.Context(), v.self, lang.Tag); err != nil {
		return err
	}
	v.sessions.Put(v.r.Context(), keyLanguage, lang.Tag)
	return v.done("saved", "/my/language")
}
