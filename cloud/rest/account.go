package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// AccountSteps is what is decided about one person's account.
type AccountSteps interface {
	HandOut(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error)
	ResetAccess(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error)
	RevokeInvitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	DeactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	ReactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	EditContact(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*invite.Contact) error) error
	AddPerson(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID, c invite.Contact) (attendance.Profile, error)
}

// Contacts says whether what somebody gave can be an address or a number, and
// brings it into the form it is kept in. Empty stays empty.
type Contacts interface {
	Email(given string) (string, *invite.Refusal)
	Phone(given, region string) (string, *invite.Refusal)
}

type accessCode struct {
	Employee string    `json:"employee"`
	Number   string    `json:"number" doc:"The Muster ID, which is entered with it."`
	Code     string    `json:"code" doc:"Shown this once; only a verifier is kept." example:"K7QM-X94T-RBC"`
	URL      string    `json:"url" doc:"Where both are entered."`
	Expires  time.Time `json:"expires"`
}

func (a *api) codeOut(c invite.AccessCode) *body[accessCode] {
	return &body[accessCode]{accessCode{
		Employee: string(c.Person.ID), Number: c.Person.Number, Code: c.Code, URL: invite.SignInAt(a.PublicURL+"/my/login", c.At), Expires: c.Expires,
	}}
}

func (a *api) accountSteps() {
	tags := []string{"Invitations"}
	conflict := []int{http.StatusNotFound, http.StatusConflict}
	code := func(id, path, summary, description string, give func(context.Context, access.Actor, attendance.ProfileID) (invite.AccessCode, error)) {
		register(a, huma.Operation{
			OperationID: id, Method: http.MethodPost, Path: path, Tags: tags, Summary: summary, Description: description, Errors: conflict, DefaultStatus: http.StatusCreated,
		}, func(ctx context.Context, actor access.Actor, in *byID) (*body[accessCode], error) {
			key, err := found[attendance.ProfileID](in.ID)
			if err != nil {
				return nil, err
			}
			c, err := give(ctx, actor, key)
			if err != nil {
				return nil, err
			}
			return a.codeOut(c), nil
		})
	}
	code("hand-out", "/api/v1/invitations/{id}/hand-out", "Make an access code to give by hand",
		"An earlier code or link is good no more.", func(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error) {
			return a.Store.HandOut(ctx, actor, id)
		})
	code("reset-access", "/api/v1/invitations/{id}/reset-access", "Make an access code for somebody who is active and can't sign in",
		"The password is good no more. The account stays active.", func(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error) {
			return a.Store.ResetAccess(ctx, actor, id)
		})
	step := func(id, path, summary string, do func(context.Context, access.Actor, attendance.ProfileID) error) {
		register(a, huma.Operation{
			OperationID: id, Method: http.MethodPost, Path: path, Tags: tags, Summary: summary, Errors: conflict,
		}, func(ctx context.Context, actor access.Actor, in *byID) (*body[invitation], error) {
			key, err := found[attendance.ProfileID](in.ID)
			if err != nil {
				return nil, err
			}
			if err := do(ctx, actor, key); err != nil {
				return nil, err
			}
			return a.invitation(ctx, actor, in.ID)
		})
	}
	step("revoke-invitation", "/api/v1/invitations/{id}/revoke", "Take an invitation back; its links and codes are good no more",
		func(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
			return a.Store.RevokeInvitation(ctx, actor, id)
		})
	step("deactivate-account", "/api/v1/employees/{id}/deactivate", "End an employee's account; they stay in the roster",
		func(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
			return a.Store.DeactivateAccount(ctx, actor, id)
		})
	step("reactivate-account", "/api/v1/employees/{id}/reactivate", "Make an ended account silent again; nobody is asked by it",
		func(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
			return a.Store.ReactivateAccount(ctx, actor, id)
		})
}

type contact struct {
	Email      string `json:"email,omitempty" example:"anna@acme.example"`
	Phone      string `json:"phone,omitempty" doc:"With its country code; kept as E.164." example:"+49 151 12345678"`
	ExternalID string `json:"external_id,omitempty" doc:"What another system calls the employee."`
}

func contactOut(c invite.Contact) contact {
	return contact{Email: c.Email, Phone: c.Phone, ExternalID: c.ExternalID}
}

// contact reads an address and a number as people write them.
func (a *api) contact(ctx context.Context, actor access.Actor, in contact) (invite.Contact, error) {
	c := invite.Contact{Email: in.Email, Phone: in.Phone, ExternalID: in.ExternalID}
	if a.Contacts == nil || c == (invite.Contact{ExternalID: in.ExternalID}) {
		return c, nil
	}
	policy, err := a.Store.Policy(ctx, actor)
	if err != nil {
		return c, err
	}
	var p *Problem
	note := func(field string, r *invite.Refusal) {
		if r == nil {
			return
		}
		if one := refusedContact(field, r); p == nil {
			p = one
		} else {
			p.Errors = append(p.Errors, one.Errors...)
		}
	}
	var refused *invite.Refusal
	c.Email, refused = a.Contacts.Email(in.Email)
	note("email", refused)
	c.Phone, refused = a.Contacts.Phone(in.Phone, policy.Region)
	note("phone", refused)
	if p != nil {
		return c, p
	}
	return c, nil
}

func (a *api) contacts() {
	tags := []string{"Employees"}
	register(a, huma.Operation{
		OperationID: "get-contact", Method: http.MethodGet, Path: "/api/v1/employees/{id}/contact", Tags: tags,
		Summary: "Show how an employee can be reached", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*tagged[contact], error) {
		p, err := a.person(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		return tag(contactOut(p.Contact)), nil
	})
	register(a, huma.Operation{
		OperationID: "set-contact", Method: http.MethodPut, Path: "/api/v1/employees/{id}/contact", Tags: tags,
		Summary: "Say how an employee can be reached", Description: "Replaces all of it; what is left out is none.",
		Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
		IfMatch
		Body contact
	},
	) (*tagged[contact], error) {
		p, err := a.person(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		c, err := a.contact(ctx, actor, in.Body)
		if err != nil {
			return nil, err
		}
		err = a.Store.EditContact(ctx, actor, p.Profile.ID, func(now *invite.Contact) error {
			if err := in.check(contactOut(*now)); err != nil {
				return err
			}
			*now = c
			return nil
		})
		if err != nil {
			return nil, err
		}
		if p, err = a.person(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		return tag(contactOut(p.Contact)), nil
	})
}

func (a *api) person(ctx context.Context, actor access.Actor, id string) (invite.Person, error) {
	key, err := found[attendance.ProfileID](id)
	if err != nil {
		return invite.Person{}, err
	}
	return a.Store.Invitation(ctx, actor, key)
}
