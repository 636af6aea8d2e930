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

// Captures reads cards for people at a tablet.
type Captures interface {
	StartCapture(ctx context.Context, actor access.Actor, device attendance.DeviceID, profile attendance.ProfileID) (device.CardCapture, error)
	CardCapture(ctx context.Context, actor access.Actor, id string) (device.CardCapture, error)
	CancelCapture(ctx context.Context, actor access.Actor, id string) error
}

type newCapture struct {
	Device string `json:"device" doc:"The tablet at which the card will be tapped."`
}

type capture struct {
	ID       string    `json:"id"`
	Device   string    `json:"device"`
	Employee string    `json:"employee"`
	State    string    `json:"state" enum:"open,done,failed,cancelled,expired"`
	Outcome  string    `json:"outcome,omitempty" doc:"The card's id when done, why not when failed."`
	Expires  time.Time `json:"expires"`
}

func captureOut(c device.CardCapture) capture {
	return capture{
		ID: c.ID, Device: string(c.Device), Employee: string(c.Profile), State: string(c.State), Outcome: c.Outcome, Expires: c.Expires,
	}
}

func (a *api) captures() {
	tags := []string{"Cards"}
	register(a, huma.Operation{
		OperationID: "start-capture", Method: http.MethodPost, Path: "/api/v1/employees/{id}/captures", Tags: tags,
		Summary: "Have a tablet read the next card for an employee", DefaultStatus: http.StatusCreated,
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body newCapture
	},
	) (*body[capture], error) {
		id, err := found[attendance.ProfileID](in.ID)
		if err != nil {
			return nil, err
		}
		dev, err := given[attendance.DeviceID]("device", in.Body.Device)
		if err != nil {
			return nil, err
		}
		c, err := a.Fleet.StartCapture(ctx, actor, dev, id)
		if err != nil {
			return nil, err
		}
		return &body[capture]{captureOut(c)}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-capture", Method: http.MethodGet, Path: "/api/v1/captures/{id}", Tags: tags, Summary: "How far the reading of a card has come",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[capture], error) {
		id, err := found[string](in.ID)
		if err != nil {
			return nil, err
		}
		c, err := a.Fleet.CardCapture(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		return &body[capture]{captureOut(c)}, nil
	})
	register(a, huma.Operation{
		OperationID: "cancel-capture", Method: http.MethodDelete, Path: "/api/v1/captures/{id}", Tags: tags, Summary: "Give up waiting for a card",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*none, error) {
		id, err := found[string](in.ID)
		if err != nil {
			return nil, err
		}
		return nil, a.Fleet.CancelCapture(ctx, actor, id)
	})
}
