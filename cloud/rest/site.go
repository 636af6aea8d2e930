package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Sites keeps the places of work.
type Sites interface {
	Sites(ctx context.Context, actor access.Actor) ([]attendance.Site, error)
	Site(ctx context.Context, actor access.Actor, id attendance.SiteID) (attendance.Site, error)
	AddSite(ctx context.Context, actor access.Actor, site attendance.Site) (attendance.Site, error)
	EditSite(ctx context.Context, actor access.Actor, id attendance.SiteID, edit func(*attendance.Site) error) error
}

type site struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	TimeZone string `json:"time_zone" example:"Europe/Berlin"`
	Language string `json:"language" doc:"What its tablets speak: en, de or ru."`
	Offline  string `json:"offline" enum:"allowed,approval,refused" doc:"What its tablets do with taps while they have no connection: count them, count them until somebody approves or rejects them, refuse them."`
}

type newSite struct {
	Name     string `json:"name"`
	TimeZone string `json:"time_zone" doc:"IANA name." example:"Europe/Berlin"`
	Language string `json:"language,omitempty" doc:"en, de or ru. Left out: en."`
	Offline  string `json:"offline,omitempty" enum:"allowed,approval,refused" doc:"What its tablets do with taps while they have no connection: count them, count them until somebody approves or rejects them, refuse them. Left out: allowed."`
}

type sitePatch struct {
	Name     *string `json:"name,omitempty"`
	TimeZone *string `json:"time_zone,omitempty"`
	Language *string `json:"language,omitempty"`
	Offline  *string `json:"offline,omitempty" enum:"allowed,approval,refused"`
}

// byID is a request for one thing.
type byID struct {
	ID string `path:"id"`
}

func siteOut(s attendance.Site) site {
	return site{ID: string(s.ID), Name: s.Name, TimeZone: s.TimeZone, Language: s.Language, Offline: string(s.Offline)}
}

func (a *api) sites() {
	tags := []string{"Sites"}
	register(a, huma.Operation{
		OperationID: "list-sites", Method: http.MethodGet, Path: "/api/v1/sites", Tags: tags, Summary: "List sites, by name",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[site]], error) {
		all, err := a.Store.Sites(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[site]]{list[site]{Items: convert(all, siteOut)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "add-site", Method: http.MethodPost, Path: "/api/v1/sites", Tags: tags, Summary: "Add a site", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, actor access.Actor, in *struct{ Body newSite }) (*body[site], error) {
		s, err := a.Store.AddSite(ctx, actor, attendance.Site{Name: in.Body.Name, TimeZone: in.Body.TimeZone, Language: in.Body.Language, Offline: attendance.Offline(in.Body.Offline)})
		if err != nil {
			return nil, err
		}
		return &body[site]{siteOut(s)}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-site", Method: http.MethodGet, Path: "/api/v1/sites/{id}", Tags: tags, Summary: "Get a site",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*tagged[site], error) {
		return a.site(ctx, actor, in.ID)
	})
	register(a, huma.Operation{
		OperationID: "change-site", Method: http.MethodPatch, Path: "/api/v1/sites/{id}", Tags: tags, Summary: "Change a site",
		Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
		IfMatch
		Body sitePatch
	},
	) (*tagged[site], error) {
		id, err := found[attendance.SiteID](in.ID)
		if err != nil {
			return nil, err
		}
		err = a.Store.EditSite(ctx, actor, id, func(s *attendance.Site) error {
			if err := in.check(siteOut(*s)); err != nil {
				return err
			}
			patch(&s.Name, in.Body.Name)
			patch(&s.TimeZone, in.Body.TimeZone)
			patch(&s.Language, in.Body.Language)
			if in.Body.Offline != nil {
				s.Offline = attendance.Offline(*in.Body.Offline)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return a.site(ctx, actor, in.ID)
	})
}

func (a *api) site(ctx context.Context, actor access.Actor, id string) (*tagged[site], error) {
	key, err := found[attendance.SiteID](id)
	if err != nil {
		return nil, err
	}
	s, err := a.Store.Site(ctx, actor, key)
	if err != nil {
		return nil, err
	}
	return tag(siteOut(s)), nil
}

// patch takes a field over where a request has it.
func patch[T any](field *T, with *T) {
	if with != nil {
		*field = *with
	}
}
