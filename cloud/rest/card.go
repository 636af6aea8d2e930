package rest

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Cards keeps who holds which card.
type Cards interface {
	LendCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, c attendance.Card, technology string) error
	LendUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string, from, to time.Time) error
	BlockCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, blocked bool) error
	EndCardAt(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, at time.Time) error
}

type newCard struct {
	UID        string `json:"uid" doc:"The card's own number, 4, 7 or 10 bytes in hexadecimal. It is not kept." example:"04:A1:B2:C3"`
	Technology string `json:"technology,omitempty" example:"MIFARE DESFire"`
	CardTimes
}

// CardTimes are from when and until when somebody has a card.
type CardTimes struct {
	From *time.Time `json:"from,omitempty" doc:"Left out: from now on. Tablets know of a card before its time comes."`
	To   *time.Time `json:"to,omitempty" doc:"The first moment at which it is no longer good. Left out: for good."`
}

func (c CardTimes) times() (from, to time.Time) {
	if c.From != nil {
		from = *c.From
	}
	if c.To != nil {
		to = *c.To
	}
	return from, to
}

type cardTerms struct {
	Technology string `json:"technology,omitempty"`
	CardTimes
}

type cardPatch struct {
	Blocked bool `json:"blocked" doc:"Refused with a reason of its own."`
}

type cardEnd struct {
	ID   string    `path:"id"`
	Card string    `path:"card"`
	At   time.Time `query:"at" doc:"When it was lost, or is to end. Left out: now. Punches that have arrived stay as they are."`
}

func (a *api) cards() {
	tags := []string{"Cards"}
	register(a, huma.Operation{
		OperationID: "assign-uid", Method: http.MethodPost, Path: "/api/v1/employees/{id}/cards", Tags: tags,
		Summary: "Give an employee a card by its own number", Description: "Whoever holds it when its time begins holds it no longer then. A card that is promised to somebody for a part of that time is a conflict.",
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
			from, to := in.Body.times()
			return a.Store.LendUID(ctx, actor, p, uid, in.Body.Technology, from, to)
		})
	})
	register(a, huma.Operation{
		OperationID: "assign-card", Method: http.MethodPut, Path: "/api/v1/employees/{id}/cards/{card}", Tags: tags,
		Summary: "Give an employee a card by its id, such as one out of a refusal", Description: "Whoever holds it when its time begins holds it no longer then. A card that is promised to somebody for a part of that time is a conflict.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string     `path:"id"`
		Card string     `path:"card"`
		Body *cardTerms `required:"false"`
	},
	) (*body[employee], error) {
		technology, c := "", attendance.Card{ID: attendance.CardID(in.Card)}
		if in.Body != nil {
			technology = in.Body.Technology
			c.From, c.To = in.Body.times()
		}
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.LendCard(ctx, actor, p, c, technology)
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
		Summary: "Take a card away as of now, or of another moment", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *cardEnd) (*body[employee], error) {
		return a.card(ctx, actor, in.ID, func(p attendance.ProfileID) error {
			return a.Store.EndCardAt(ctx, actor, p, attendance.CardID(in.Card), in.At)
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
