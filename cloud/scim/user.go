package scim

import (
	"net/http"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// reference is a resource that another one names.
type reference struct {
	Value   string `json:"value"`
	Ref     string `json:"$ref,omitempty"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
}

type meta struct {
	Type     string    `json:"resourceType"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"lastModified"`
	Location string    `json:"location"`
	Version  string    `json:"version"`
}

type userName struct {
	Formatted string `json:"formatted"`
	Family    string `json:"familyName,omitempty"`
	Given     string `json:"givenName,omitempty"`
}

type typed struct {
	Value   string `json:"value"`
	Type    string `json:"type"`
	Primary bool   `json:"primary"`
}

// user is a person as they are answered with (RFC 7643, section 4.1).
type user struct {
	Schemas    []string    `json:"schemas"`
	ID         string      `json:"id"`
	ExternalID string      `json:"externalId,omitempty"`
	UserName   string      `json:"userName"`
	Name       userName    `json:"name"`
	Display    string      `json:"displayName"`
	Language   string      `json:"preferredLanguage,omitempty"`
	Active     bool        `json:"active"`
	Emails     []typed     `json:"emails,omitempty"`
	Phones     []typed     `json:"phoneNumbers,omitempty"`
	Groups     []reference `json:"groups,omitempty"`
	Meta       meta        `json:"meta"`
}

func (s *server) userOut(p invite.DirectoryPerson) any {
	whole := attendance.Profile{FirstName: p.FirstName, LastName: p.LastName}.Name()
	u := user{
		Schemas: []string{userSchema}, ID: string(p.ID), ExternalID: p.Contact.ExternalID, UserName: p.UserName, Name: userName{whole, p.LastName, p.FirstName},
		Display: whole, Language: p.Language, Active: p.Active, Meta: meta{"User", p.Created.UTC(), p.Changed.UTC(), s.address("Users", string(p.ID)), version(p)},
	}
	if p.Contact.Email != "" {
		u.Emails = []typed{{p.Contact.Email, "work", true}}
	}
	if p.Contact.Phone != "" {
		u.Phones = []typed{{p.Contact.Phone, "mobile", false}}
	}
	for _, g := range p.Groups {
		u.Groups = append(u.Groups, reference{string(g.ID), s.address("Groups", string(g.ID)), g.Name, "direct"})
	}
	return u
}

// address is where a resource is.
func (s *server) address(kind, id string) string { return s.PublicURL + Base + "/" + kind + "/" + id }

func (s *server) users(mux *http.ServeMux) {
	s.handle(mux, "GET /Users", (*act).listUsers)
	s.handle(mux, "POST /Users", (*act).addUser)
	s.handle(mux, "GET /Users/{id}", (*act).getUser)
	s.handle(mux, "PUT /Users/{id}", (*act).replaceUser)
	s.handle(mux, "PATCH /Users/{id}", (*act).patchUser)
	s.handle(mux, "DELETE /Users/{id}", (*act).removeUser)
}

// person reads an id out of the path. What is no id names nobody.
func (a *act) person() (attendance.ProfileID, error) {
	id, err := attendance.ParseID[attendance.ProfileID](a.r.PathValue("id"))
	if err != nil {
		return "", access.ErrNotFound
	}
	return id, nil
}

func (a *act) reading() (reading, error) {
	policy, err := a.Store.Policy(a.r.Context(), a.actor)
	return reading{a.Contacts, policy.Region}, err
}

func (a *act) listUsers() error {
	page, err := a.page()
	if err != nil {
		return err
	}
	found, err := terms(a.r.URL.Query().Get("filter"), userSchema, userTerms)
	if err != nil {
		return err
	}
	people, total, err := a.Store.DirectoryPeople(a.r.Context(), a.actor, invite.DirectoryQuery{Terms: found, Offset: page.start - 1, Limit: page.count})
	if err != nil {
		return err
	}
	all := make([]any, len(people))
	for i, p := range people {
		all[i] = a.userOut(p)
	}
	return a.list(page, total, all)
}

func (a *act) getUser() error {
	id, err := a.person()
	if err != nil {
		return err
	}
	p, err := a.Store.DirectoryPerson(a.r.Context(), a.actor, id)
	if err != nil {
		return err
	}
	return a.answer(http.StatusOK, version(p), a.userOut(p))
}

func (a *act) addUser() error {
	o, err := a.body(maxUserBody)
	if err != nil {
		return err
	}
	r, err := a.reading()
	if err != nil {
		return err
	}
	var p invite.DirectoryPerson
	if err := r.person(o, &p); err != nil {
		return err
	}
	if strings.TrimSpace(p.UserName) == "" {
		return invalid(access.Invalid{Field: "user_name", Problem: access.Required})
	}
	if p, err = a.Store.AddDirectoryPerson(a.r.Context(), a.actor, p); err != nil {
		return err
	}
	a.w.Header().Set("Location", a.address("Users", string(p.ID)))
	return a.answer(http.StatusCreated, version(p), a.userOut(p))
}

func (a *act) replaceUser() error {
	o, err := a.body(maxUserBody)
	if err != nil {
		return err
	}
	return a.editUser(func(now object) (object, error) { return overlay(now, o), nil })
}

func (a *act) patchUser() error {
	o, err := a.body(maxUserBody)
	if err != nil {
		return err
	}
	changes, err := operations(o, userSchema)
	if err != nil {
		return err
	}
	return a.editUser(func(now object) (object, error) {
		for _, one := range changes {
			if err := one.apply(now); err != nil {
				return nil, err
			}
		}
		return now, nil
	})
}

// editUser changes a person by what change makes of them; it may be called twice.
func (a *act) editUser(change func(object) (object, error)) error {
	id, err := a.person()
	if err != nil {
		return err
	}
	r, err := a.reading()
	if err != nil {
		return err
	}
	p, err := a.Store.EditDirectoryPerson(a.r.Context(), a.actor, id, func(p *invite.DirectoryPerson) error {
		if err := a.unchanged(version(*p)); err != nil {
			return err
		}
		o, err := change(personObject(*p))
		if err != nil {
			return err
		}
		return r.person(o, p)
	})
	if err != nil {
		return err
	}
	return a.answer(http.StatusOK, version(p), a.userOut(p))
}

func (a *act) removeUser() error {
	id, err := a.person()
	if err != nil {
		return err
	}
	if err := a.Store.RemoveProfile(a.r.Context(), a.actor, id); err != nil {
		return err
	}
	a.w.WriteHeader(http.StatusNoContent)
	return nil
}
