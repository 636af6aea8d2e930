package portal

import (
	"net/http"

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
	p := detailsPage{
		form: f, progress: v.progress(), FirstName: v.own.Profile.FirstName, LastName: v.own.Profile.LastName, Number: v.own.Profile.Number,
		Missing: v.missing(), Action: v.r.URL.Path, Button: "form.save",
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
	if v.own.Contact.Email == "" && v.own.Contact.Phone == "" {
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
	f, left, err := v.saveDetails()
	if err != nil {
		return err
	}
	if f.Bad() {
		return v.showDetails(http.StatusUnprocessableEntity, "door", "step-details", f)
	}
	return v.after(left)
}

func (v *visit) changeDetails() error {
	f, _, err := v.saveDetails()
	if err != nil {
		return err
	}
	if f.Bad() {
		return v.showDetails(http.StatusUnprocessableEntity, "my", "details", f)
	}
	return v.done("saved", "/my/details")
}

func (v *visit) saveDetails() (*form, invite.Steps, error) {
	f, err := v.readForm()
	if err != nil {
		return nil, invite.Steps{}, err
	}
	d := invite.Details{Language: f.Get("language")}
	d.Email = contact(f, "email", func(given string) (string, *invite.Refusal) { return v.Contacts.Email(given) })
	d.Phone = contact(f, "phone", func(given string) (string, *invite.Refusal) { return v.Contacts.Phone(given, v.own.Region) })
	if f.Bad() {
		return f, invite.Steps{}, nil
	}
	left, err := v.Accounts.ChangeOwnDetails(v.r.Context(), v.self, d)
	if err := f.Take(err); err != nil {
		return nil, left, err
	}
	if !f.Bad() {
		v.sessions.Put(v.r.Context(), keyLanguage, d.Language)
	}
	return f, left, nil
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
