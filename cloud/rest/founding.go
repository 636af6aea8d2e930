package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Founding makes the first organisation, and tells about it.
type Founding interface {
	SetUp(ctx context.Context, secret string, s access.SetUp) (access.User, error)
	Organisation(ctx context.Context, actor access.Actor) (attendance.Organisation, error)
}

// foundingTokenLife is how long the token is good that comes with the set-up.
const foundingTokenLife = 24 * time.Hour

type organisation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type setUp struct {
	Token        string `json:"token" doc:"The one-time secret that the cloud printed when it was first started."`
	Organisation string `json:"organisation"`
	Email        string `json:"email"`
	Name         string `json:"name" doc:"The first administrator's."`
	Password     string `json:"password" doc:"12 to 128 characters."`
	Language     string `json:"language,omitempty" doc:"en, de or ru."`
}

type founded struct {
	Organisation organisation `json:"organisation"`
	User         user         `json:"user"`
	Token        string       `json:"token" doc:"An API token for the new administrator, good for a day."`
}

type me struct {
	User         user         `json:"user"`
	Organisation organisation `json:"organisation"`
}

func (a *api) founding() {
	add(a, huma.Operation{
		OperationID: "set-up", Method: http.MethodPost, Path: "/api/v1/setup", Tags: []string{"Organisation"}, DefaultStatus: http.StatusCreated,
		Summary: "Set up the first organisation and its first administrator",
		Errors:  []int{http.StatusConflict, http.StatusGone, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct{ Body setUp }) (*body[founded], error) {
		u, err := a.Store.SetUp(ctx, in.Body.Token, access.SetUp{
			Organisation: in.Body.Organisation, Email: in.Body.Email, Name: in.Body.Name,
			Password: in.Body.Password, Language: in.Body.Language,
		})
		if errors.Is(err, access.ErrNotFound) {
			err = access.Invalid{Field: "token", Problem: access.Unknown}
		}
		if err != nil {
			return nil, err
		}
		org, err := a.Store.Organisation(ctx, u.Actor())
		if err != nil {
			return nil, err
		}
		token, err := a.Store.IssueAPIToken(ctx, u.Actor(), "Set-up", a.Now().Add(foundingTokenLife))
		if err != nil {
			return nil, err
		}
		return &body[founded]{founded{Organisation: organisation{string(org.ID), org.Name}, User: userOut(u), Token: token}}, nil
	})
	register(a, huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: "/api/v1/me", Tags: []string{"Organisation"},
		Summary: "Who the token acts as",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[me], error) {
		org, err := a.Store.Organisation(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[me]{me{User: userOut(userOf(ctx)), Organisation: organisation{string(org.ID), org.Name}}}, nil
	})
}
