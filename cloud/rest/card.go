package rest

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Cards keeps who holds which card.
type Cards interface {
	AssignCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, technology string) error
	AssignUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string) error
	BlockCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, blocked bool) error
	EndCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID) error
}

type newCard struct {
	UID        string `json:"uid" doc:"The card's own number, 4, 7 or 10 bytes in hexadecimal. It is not kept." example:"04:A1:B2:C3"`
	Technology string `json:"technology,omitempty" example:"MIFARE DESFire"`
}

type cardTechnology struct {
	Technology string `json:"technology,omitempty"`
}

type cardPatch struct {
	Blocked bool `json:"blocked" doc:"Refused with a reason of its own."`
}

type byCard struct {
	ID   string `path:"id"`
	Card string `path:"card"`
}

func (a *api) cards() {
	tags := []string{"Cards"}
	register(a, huma.Operation{
		OperationID: "assign-uid", Method: http.MethodPost, Path: "/api/v1/employees/{id}/cards", Tags: tags,
		Summary: "Give an employee a card by its own number", Description: "Whoever held it until now holds it no longer.",
		Errors: []int{http.StatusNotFound, http.StatusConflict}, DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body newCard
	},
	) (*body[employee], error) {
		uid, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", " ", "").Replace(in.Body.UID))
		if err != nil {
			return nil, access.Invalid{Field: "uid", Problem: access.Malformed}
		}
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.AssignUID(ctx, actor, p, uid, in.Body.Technology)
		})
	})
	register(a, huma.Operation{
		OperationID: "assign-card", Method: http.MethodPut, Path: "/api/v1/employees/{id}/cards/{card}", Tags: tags,
		Summary: "Give an employee a card by its id, such as one out of a refusal", Description: "Whoever held it until now holds it no longer.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string          `path:"id"`
		Card string          `path:"card"`
		Body *cardTechnology `required:"false"`
	},
	) (*body[employee], error) {
		technology := ""
		if in.Body != nil {
			technology = in.Body.Technology
		}
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.AssignCard(ctx, actor, p, attendance.CardID(in.Card), technology)
		})
	})
	register(a, huma.Operation{
		OperationID: "change-card", Method: http.MethodPatch, Path: "/api/v1/employees/{id}/cards/{card}", Tags: tags,
		Summary: "Block a card, or let it in again", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Card string `path:"card"`
		Body cardPatch
	},
	) (*body[employee], error) {
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.BlockCard(ctx, actor, p, attendance.CardID(in.Card), in.Body.Blocked)
		})
	})
	register(a, huma.Operation{
		OperationID: "end-card", Method: http.MethodDelete, Path: "/api/v1/employees/{id}/cards/{card}", Tags: tags,
		Summary: "Take a card away as of now", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byCard) (*body[employee], error) {
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.EndCard(ctx, actor, p, attendance.CardID(in.Card))
		})
	})
}

// card changes a card of an employee and returns the employee as they are then.
func (a *api) card(ctx context.Context, actor access.Actor, id string, change func(attendance.ProfileID) error) (*body[employee], error) {
	key, err := found[attendance.ProfileID](id)
	if err != nil {
		return nil, err
	}
	if err := change(key); err != nil {
		return nil, err
	}
	return a.employee(ctx, actor, id)
}
