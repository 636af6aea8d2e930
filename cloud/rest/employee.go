package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Roster shows the people.
type Roster interface {
	Members(ctx context.Context, actor access.Actor, query attendance.MemberQuery) (attendance.MemberPage, error)
	Member(ctx context.Context, actor access.Actor, id attendance.ProfileID) (attendance.Member, error)
}

// Profiles keeps them.
type Profiles interface {
	AddProfile(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID) (attendance.Profile, error)
	EditProfile(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*attendance.Member) error) error
	RemoveProfileIf(ctx context.Context, actor access.Actor, id attendance.ProfileID, same func(attendance.Member) error) error
}

type employee struct {
	ID        string   `json:"id"`
	Number    string   `json:"number" doc:"The Muster ID."`
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	Language  string   `json:"language,omitempty" doc:"en, de or ru. Missing: the site's."`
	Photo     string   `json:"photo,omitempty" doc:"GET /api/v1/photos/{id} has it."`
	Blocked   bool     `json:"blocked" doc:"May not punch."`
	Sites     []string `json:"sites"`
	Cards     []card   `json:"cards" doc:"Newest first, ended ones too."`
}

type card struct {
	ID      string     `json:"id" doc:"A keyed hash of the card's own number, which is not kept."`
	From    time.Time  `json:"from"`
	To      *time.Time `json:"to,omitempty" doc:"Missing: still in force."`
	Blocked bool       `json:"blocked"`
}

type newEmployee struct {
	Number    string   `json:"number,omitempty" doc:"The Muster ID. Left out: one is made."`
	FirstName string   `json:"first_name,omitempty"`
	LastName  string   `json:"last_name,omitempty" doc:"One of the two names must be given."`
	Language  string   `json:"language,omitempty" doc:"en, de or ru. Left out: the site's."`
	Blocked   bool     `json:"blocked,omitempty"`
	Sites     []string `json:"sites" maxItems:"1000"`

	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty" doc:"With its country code."`
	ExternalID string `json:"external_id,omitempty" doc:"What another system calls the employee."`
}

type employeePatch struct {
	Number    *string   `json:"number,omitempty"`
	FirstName *string   `json:"first_name,omitempty"`
	LastName  *string   `json:"last_name,omitempty"`
	Language  *string   `json:"language,omitempty"`
	Blocked   *bool     `json:"blocked,omitempty"`
	Sites     *[]string `json:"sites,omitempty" doc:"Sites out of your reach stay as they are."`
}

func employeeOut(m attendance.Member) employee {
	p := m.Profile
	return employee{
		ID: string(p.ID), Number: p.Number, FirstName: p.FirstName, LastName: p.LastName, Language: p.Language, Photo: p.Photo, Blocked: p.Blocked,
		Sites: convert(m.Sites, func(s attendance.SiteID) string { return string(s) }),
		Cards: convert(m.Cards, func(c attendance.Card) card {
			return card{ID: string(c.ID), From: c.From, To: some(c.To), Blocked: c.Blocked}
		}),
	}
}

// siteIDs reads sites out of a body; the store says which of them are unknown.
func siteIDs(in []string) []attendance.SiteID {
	return convert(in, func(s string) attendance.SiteID { return attendance.SiteID(s) })
}

type employeeQuery struct {
	Text  string `query:"text" doc:"In a name or the number, whatever case and accents."`
	Site  string `query:"site"`
	After string `query:"after" doc:"The cursor of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (a *api) employees() {
	tags := []string{"Employees"}
	register(a, huma.Operation{
		OperationID: "list-employees", Method: http.MethodGet, Path: "/api/v1/employees", Tags: tags,
		Summary: "List employees, by last and first name", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, actor access.Actor, in *employeeQuery) (*body[list[employee]], error) {
		page, err := a.Store.Members(ctx, actor, attendance.MemberQuery{
			Text: in.Text, Site: attendance.SiteID(in.Site), After: in.After, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		return &body[list[employee]]{list[employee]{Items: convert(page.Members, employeeOut), Next: page.Next, Total: &page.Total}}, nil
	})
	register(a, huma.Operation{
		OperationID: "add-employee", Method: http.MethodPost, Path: "/api/v1/employees", Tags: tags, Summary: "Add an employee",
		DefaultStatus: http.StatusCreated,
		Description:   "Silent, unless the token's box auto_invite is ticked: then the employee is invited at once.",
	}, func(ctx context.Context, actor access.Actor, in *struct{ Body newEmployee }) (*tagged[employee], error) {
		b := in.Body
		c, err := a.contact(ctx, actor, contact{Email: b.Email, Phone: b.Phone, ExternalID: b.ExternalID})
		if err != nil {
			return nil, err
		}
		p, err := a.Store.AddPerson(ctx, actor, attendance.Profile{
			Number: b.Number, FirstName: b.FirstName, LastName: b.LastName, Language: b.Language, Blocked: b.Blocked,
		}, siteIDs(b.Sites), c)
		if err != nil {
			return nil, err
		}
		return a.taggedEmployee(ctx, actor, string(p.ID))
	})
	register(a, huma.Operation{
		OperationID: "get-employee", Method: http.MethodGet, Path: "/api/v1/employees/{id}", Tags: tags, Summary: "Get an employee",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*tagged[employee], error) {
		return a.taggedEmployee(ctx, actor, in.ID)
	})
	register(a, huma.Operation{
		OperationID: "change-employee", Method: http.MethodPatch, Path: "/api/v1/employees/{id}", Tags: tags, Summary: "Change an employee",
		Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
		IfMatch
		Body employeePatch
	},
	) (*tagged[employee], error) {
		id, err := found[attendance.ProfileID](in.ID)
		if err != nil {
			return nil, err
		}
		err = a.Store.EditProfile(ctx, actor, id, func(m *attendance.Member) error {
			if err := in.check(employeeOut(*m)); err != nil {
				return err
			}
			patch(&m.Profile.Number, in.Body.Number)
			patch(&m.Profile.FirstName, in.Body.FirstName)
			patch(&m.Profile.LastName, in.Body.LastName)
			patch(&m.Profile.Language, in.Body.Language)
			patch(&m.Profile.Blocked, in.Body.Blocked)
			if in.Body.Sites != nil {
				m.Sites = siteIDs(*in.Body.Sites)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return a.taggedEmployee(ctx, actor, in.ID)
	})
	register(a, huma.Operation{
		OperationID: "remove-employee", Method: http.MethodDelete, Path: "/api/v1/employees/{id}", Tags: tags,
		Summary: "Remove an employee; the punches stay", Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
		IfMatch
	},
	) (*none, error) {
		id, err := found[attendance.ProfileID](in.ID)
		if err != nil {
			return nil, err
		}
		return nil, a.Store.RemoveProfileIf(ctx, actor, id, func(m attendance.Member) error { return in.check(employeeOut(m)) })
	})
}

func (a *api) taggedEmployee(ctx context.Context, actor access.Actor, id string) (*tagged[employee], error) {
	b, err := a.employee(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return tag(b.Body), nil
}

func (a *api) employee(ctx context.Context, actor access.Actor, id string) (*body[employee], error) {
	key, err := found[attendance.ProfileID](id)
	if err != nil {
		return nil, err
	}
	m, err := a.Store.Member(ctx, actor, key)
	if err != nil {
		return nil, err
	}
	return &body[employee]{employeeOut(m)}, nil
}
