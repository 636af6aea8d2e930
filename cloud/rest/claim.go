package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// Claims decides about tablets that ask to be activated.
type Claims interface {
	Claim(ctx context.Context, actor access.Actor, userCode string) (device.Claim, error)
	Approve(ctx context.Context, actor access.Actor, userCode string, site attendance.SiteID, name string) (attendance.DeviceID, error)
	Deny(ctx context.Context, actor access.Actor, userCode string) error
	ActivationCode(ctx context.Context, actor access.Actor, site attendance.SiteID, name string) (code string, expires time.Time, err error)
}

type claim struct {
	UserCode string    `json:"user_code" example:"BCDF-GHJK"`
	Words    []string  `json:"words" doc:"Of the tablet's key. They must be the ones on its screen."`
	Hardware string    `json:"hardware"`
	Version  string    `json:"version"`
	Address  string    `json:"address" doc:"Where the request came from."`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"`
}

type placement struct {
	Site string `json:"site"`
	Name string `json:"name" doc:"What the tablet will be called."`
}

type activationCode struct {
	Code    string    `json:"code" doc:"To be typed on the tablet, once."`
	Expires time.Time `json:"expires"`
}

type byCode struct {
	Code string `path:"code" doc:"The code on the tablet's screen, in any case, with or without hyphen." example:"BCDF-GHJK"`
}

func (a *api) claims() {
	tags := []string{"Devices"}
	errors := []int{http.StatusNotFound, http.StatusGone, http.StatusTooManyRequests}
	register(a, huma.Operation{
		OperationID: "get-claim", Method: http.MethodGet, Path: "/api/v1/claims/{code}", Tags: tags,
		Summary: "Look at a tablet that asks to be activated", Errors: errors,
	}, func(ctx context.Context, actor access.Actor, in *byCode) (*body[claim], error) {
		c, err := a.Fleet.Claim(ctx, actor, in.Code)
		if err != nil {
			return nil, err
		}
		return &body[claim]{claim{
			UserCode: c.UserCode, Words: append([]string{}, c.Words...), Hardware: c.Hardware, Version: c.Version,
			Address: c.Address, Created: c.Created, Expires: c.Expires,
		}}, nil
	})
	register(a, huma.Operation{
		OperationID: "approve-claim", Method: http.MethodPost, Path: "/api/v1/claims/{code}/approve", Tags: tags,
		Summary: "Make it one of a site's tablets", Errors: errors, DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Code string `path:"code" doc:"The code on the tablet's screen, in any case, with or without hyphen." example:"BCDF-GHJK"`
		Body placement
	},
	) (*body[tablet], error) {
		at, err := given[attendance.SiteID]("site", in.Body.Site)
		if err != nil {
			return nil, err
		}
		id, err := a.Fleet.Approve(ctx, actor, in.Code, at, in.Body.Name)
		if err != nil {
			return nil, err
		}
		return a.device(ctx, actor, string(id), nil)
	})
	register(a, huma.Operation{
		OperationID: "deny-claim", Method: http.MethodPost, Path: "/api/v1/claims/{code}/deny", Tags: tags,
		Summary: "Refuse it", Errors: errors,
	}, func(ctx context.Context, actor access.Actor, in *byCode) (*none, error) {
		return nil, a.Fleet.Deny(ctx, actor, in.Code)
	})
	register(a, huma.Operation{
		OperationID: "issue-activation-code", Method: http.MethodPost, Path: "/api/v1/activation-codes", Tags: tags,
		Summary: "Get a one-time code that activates a tablet when typed on it", DefaultStatus: http.StatusCreated,
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct{ Body placement }) (*body[activationCode], error) {
		at, err := given[attendance.SiteID]("site", in.Body.Site)
		if err != nil {
			return nil, err
		}
		code, expires, err := a.Fleet.ActivationCode(ctx, actor, at, in.Body.Name)
		if err != nil {
			return nil, err
		}
		return &body[activationCode]{activationCode{Code: code, Expires: expires.UTC()}}, nil
	})
}
