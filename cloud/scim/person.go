package scim

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"muster/access"
	"muster/invite"
)

// personAttributes are what of a person is kept, in lower case. Whatever else a
// directory sends along, a password among it, is passed over and kept nowhere.
var personAttributes = []string{
	"username", "externalid", "name", "displayname", "emails", "phonenumbers", "preferredlanguage", "locale", "active",
}

// personObject is a person as an operation finds them.
func personObject(p invite.DirectoryPerson) object {
	o := object{"username": p.UserName, "active": p.Active, "name": object{"givenname": p.FirstName, "familyname": p.LastName}}
	if p.Contact.ExternalID != "" {
		o["externalid"] = p.Contact.ExternalID
	}
	if p.Language != "" {
		o["preferredlanguage"] = p.Language
	}
	if p.Contact.Email != "" {
		o["emails"] = []any{object{"value": p.Contact.Email, "type": "work", "primary": true}}
	}
	if p.Contact.Phone != "" {
		o["phonenumbers"] = []any{object{"value": p.Contact.Phone, "type": "mobile"}}
	}
	return o
}

// overlay is what a PUT makes of a person: what it doesn't name stays (RFC 7644,
// section 3.5.1, leaves that open). Many a mapping leaves out what was entered here.
func overlay(now, given object) object {
	o := maps.Clone(now)
	for _, name := range personAttributes {
		if v, there := given[name]; there {
			o[name] = v
		}
	}
	if _, named := given["name"]; !named && given["displayname"] != nil {
		if name, _ := now["name"].(object); name["givenname"] == "" {
			o["name"] = object{} // known by the display name alone
		}
	}
	return o
}

// reading turns what came into a person.
type reading struct {
	contacts Contacts
	region   string // of numbers without a country code, where the organisation chose one
}

// person reads o into p, which holds the person as they were until then.
func (r reading) person(o object, p *invite.DirectoryPerson) error {
	was := *p
	var err error
	if p.UserName, err = text(o, "username", "userName"); err != nil {
		return err
	}
	if p.Contact.ExternalID, err = text(o, "externalid", "externalId"); err != nil {
		return err
	}
	if err = readName(o, p); err != nil {
		return err
	}
	if err = readLanguage(o, was, p); err != nil {
		return err
	}
	p.Active = true
	if v, there := o["active"]; there && v != nil {
		var ok bool
		if p.Active, ok = truth(v); !ok {
			return badRequest(invalidValue, "active must be true or false.")
		}
	}
	email, err := mainEmail(o)
	if err != nil {
		return err
	}
	phone, err := mobile(o)
	if err != nil {
		return err
	}
	return r.contact(was, p, email, phone)
}

// contact checks an address and a number that are new.
func (r reading) contact(was invite.DirectoryPerson, p *invite.DirectoryPerson, email, phone string) error {
	p.Contact.Email, p.Contact.Phone = was.Contact.Email, was.Contact.Phone
	if email != was.Contact.Email {
		kept, refused := r.contacts.Email(email)
		if refused != nil {
			return refusedContact("email", refused)
		}
		p.Contact.Email = kept
	}
	if phone != was.Contact.Phone {
		kept, refused := r.contacts.Phone(phone, r.region)
		if refused != nil {
			return refusedContact("phone", refused)
		}
		p.Contact.Phone = kept
	}
	return nil
}

func refusedContact(field string, refused *invite.Refusal) error {
	e := invalid(access.Invalid{Field: field, Problem: string(refused.Reason)})
	if refused.Suggestion != "" {
		e.detail += " It was probably meant: " + refused.Suggestion + "."
	}
	return e
}

// readName reads the two names; where there is neither, the whole name or the user
// name stands for both.
func readName(o object, p *invite.DirectoryPerson) error {
	name, ok := o["name"].(object)
	if !ok && o["name"] != nil {
		return badRequest(invalidValue, "name must be an object.")
	}
	var err error
	if p.FirstName, err = text(name, "givenname", "name.givenName"); err != nil {
		return err
	}
	if p.LastName, err = text(name, "familyname", "name.familyName"); err != nil {
		return err
	}
	whole, err := text(name, "formatted", "name.formatted")
	if err != nil {
		return err
	}
	shown, err := text(o, "displayname", "displayName")
	if err != nil {
		return err
	}
	if strings.TrimSpace(p.FirstName+p.LastName) == "" {
		p.LastName = cmp.Or(strings.TrimSpace(whole), strings.TrimSpace(shown), p.UserName)
	}
	return nil
}

// readLanguage reads a language that we speak; any other is the site's. Okta says it
// as the locale.
func readLanguage(o object, was invite.DirectoryPerson, p *invite.DirectoryPerson) error {
	preferred, err := text(o, "preferredlanguage", "preferredLanguage")
	if err != nil {
		return err
	}
	locale, err := text(o, "locale", "locale")
	if err != nil {
		return err
	}
	if locale != "" && preferred == was.Language {
		preferred = locale
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(preferred, "_", "-")), "-")
	if p.Language = ""; slices.Contains([]string{"en", "de", "ru"}, base) {
		p.Language = base
	}
	return nil
}

// mainEmail picks one of several addresses: the main one, else that of work, else the
// first.
func mainEmail(o object) (string, error) {
	best, rank := object(nil), 0
	for _, v := range several(o["emails"]) {
		of := 1
		switch {
		case v["value"] == nil || v["value"] == "":
			continue
		case isPrimary(v):
			of = 3
		case plain(v["type"]) == "work":
			of = 2
		}
		if of > rank {
			best, rank = v, of
		}
	}
	return text(best, "value", "emails.value")
}

// mobile picks the number that messages can go to. One of a desk is no use for that.
func mobile(o object) (string, error) {
	for _, v := range several(o["phonenumbers"]) {
		if kind := plain(v["type"]); kind == "mobile" || kind == "" {
			return text(v, "value", "phoneNumbers.value")
		}
	}
	return "", nil
}
