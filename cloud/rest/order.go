package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Orders sends messages to many.
type Orders interface {
	PlanOrder(ctx context.Context, actor access.Actor, o invite.Order) (invite.Plan, error)
	PlanResults(ctx context.Context, actor access.Actor, o invite.Order, after attendance.ProfileID, limit int) ([]invite.Result, error)
	Ask(ctx context.Context, actor access.Actor, o invite.Order) (invite.Batch, error)
	Batch(ctx context.Context, actor access.Actor, id invite.BatchID) (invite.Batch, error)
	BatchPage(ctx context.Context, actor access.Actor, before string, limit int) ([]invite.Batch, string, error)
	BatchResults(ctx context.Context, actor access.Actor, id invite.BatchID, after attendance.ProfileID, limit int) ([]invite.Result, error)
	UndoBatch(ctx context.Context, actor access.Actor, id invite.BatchID) (int, error)
}

// maxOrder bounds an order: ten thousand people by name, in bytes.
const maxOrder = 1 << 20

type order struct {
	Event string      `json:"event,omitempty" doc:"invite, chase, or left out: whichever fits each person. Re-sending is chasing." example:"chase"`
	To    orderTarget `json:"to"`
	// ConfirmSMS is K7.
	ConfirmSMS *int `json:"confirm_sms,omitempty" minimum:"0" doc:"How many SMS may go out. Must be what the plan says, where that is not 0."`
}

type orderTarget struct {
	IDs         []string          `json:"ids,omitempty" maxItems:"10000" doc:"Employees."`
	ExternalIDs []string          `json:"external_ids,omitempty" maxItems:"10000"`
	Emails      []string          `json:"emails,omitempty" maxItems:"10000"`
	All         bool              `json:"all,omitempty" doc:"Everybody whom the filter shows; without one, everybody."`
	Filter      *InvitationFilter `json:"filter,omitempty" doc:"With all."`
	Except      []string          `json:"except,omitempty" maxItems:"10000" doc:"With all: these employees not."`
}

type sends struct {
	Email int `json:"email"`
	SMS   int `json:"sms"`
}

type orderPlan struct {
	Selected int            `json:"selected" doc:"How many people were found."`
	Sends    sends          `json:"sends" doc:"How many messages would go out."`
	Refused  map[string]int `json:"refused" doc:"To how many nothing would go, by the reason."`
	Rows     []orderRow     `json:"rows" doc:"Person by person, those who were not found first; as many as the limit says."`
	Next     string         `json:"next,omitempty" doc:"Cursor for more rows. Missing: these are all."`
}

type orderRow struct {
	Given    string     `json:"given,omitempty" doc:"What the request said, where that names nobody or several."`
	Employee string     `json:"employee,omitempty"`
	Name     string     `json:"name,omitempty"`
	Number   string     `json:"number,omitempty"`
	Channel  string     `json:"channel,omitempty" doc:"By which a message goes out. Missing: none does."`
	Delivery string     `json:"delivery,omitempty" doc:"How far the message is."`
	Refused  string     `json:"refused,omitempty" doc:"Why nothing goes out: unknown, ambiguous, no-contact, email-only, not-configured, address-blocked, not-now, not-member, too-soon, waiting, overtaken."`
	Reason   string     `json:"reason,omitempty" doc:"Why the message did not arrive."`
	Again    *time.Time `json:"again,omitempty" doc:"When a chase is possible again, where it was too soon."`
}

type batch struct {
	ID      string         `json:"id"`
	Event   string         `json:"event,omitempty"`
	By      string         `json:"by" doc:"The user."`
	At      time.Time      `json:"at"`
	Before  time.Time      `json:"not_before" doc:"When the first message may leave. Until then all of it can be undone."`
	Queued  int            `json:"queued" doc:"For how many people a message was queued."`
	Waiting int            `json:"waiting" doc:"For how many it has not gone out yet."`
	Undone  int            `json:"undone"`
	Refused map[string]int `json:"refused,omitempty" doc:"For how many nothing was sent, by the reason. Lists of batches haven't got it."`
	Now     map[string]int `json:"now,omitempty" doc:"How far the messages are. Lists of batches haven't got it."`
	Unfound []orderRow     `json:"unfound,omitempty" doc:"What of the request named nobody or several. Only in the answer to the request itself."`
}

func batchOut(b invite.Batch) batch {
	return batch{
		ID: string(b.ID), Event: string(b.Event), By: b.By, At: b.At, Before: b.NotBefore, Queued: b.Queued, Waiting: b.Waiting(), Undone: b.Undone,
		Refused: byName(b.Refused), Now: byName(b.Now),
	}
}

func rowOut(r invite.Result) orderRow {
	return orderRow{
		Employee: string(r.Person), Name: r.Name, Number: r.Number, Channel: string(r.Channel), Delivery: string(r.State),
		Refused: string(r.Obstacle), Reason: string(r.Reason), Again: some(r.Again),
	}
}

// order reads an order. unfound are the names in it that name nobody or several.
func (a *api) order(ctx context.Context, actor access.Actor, in order) (o invite.Order, unfound []orderRow, err error) {
	o = invite.Order{Event: invite.Event(in.Event), Key: repeatOf(ctx)}
	to := in.To
	byName := len(to.IDs)+len(to.ExternalIDs)+len(to.Emails) > 0
	switch {
	case to.All && byName:
		return o, nil, access.Invalid{Field: "to", Problem: access.Malformed}
	case to.All:
		o.To.All = true
		if to.Filter != nil {
			o.To.Filter = to.Filter.filter()
		}
		o.To.Except = convert(to.Except, func(s string) attendance.ProfileID { return attendance.ProfileID(s) })
		return o, nil, nil
	case !byName:
		return o, nil, access.Invalid{Field: "to", Problem: access.Required}
	}
	for _, s := range to.IDs {
		if id, err := found[attendance.ProfileID](s); err == nil {
			o.To.IDs = append(o.To.IDs, id)
		} else {
			unfound = append(unfound, orderRow{Given: s, Refused: access.Unknown})
		}
	}
	matches, err := a.Store.LookUp(ctx, actor, to.ExternalIDs, to.Emails)
	if err != nil {
		return o, nil, err
	}
	for _, part := range []struct {
		given []string
		of    func(invite.Match) string
		form  func(string) string
	}{
		{to.ExternalIDs, func(m invite.Match) string { return m.ExternalID }, func(s string) string { return s }},
		{to.Emails, func(m invite.Match) string { return m.Email }, func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }},
	} {
		people := map[string]map[attendance.ProfileID]bool{}
		for _, m := range matches {
			if people[part.of(m)] == nil {
				people[part.of(m)] = map[attendance.ProfileID]bool{}
			}
			people[part.of(m)][m.Person] = true
		}
		for _, given := range part.given {
			switch who := people[part.form(given)]; len(who) {
			case 0:
				unfound = append(unfound, orderRow{Given: given, Refused: access.Unknown})
			case 1:
				for id := range who {
					o.To.IDs = append(o.To.IDs, id)
				}
			default: // two people share an address: which of them is meant?
				unfound = append(unfound, orderRow{Given: given, Refused: "ambiguous"})
			}
		}
	}
	return o, unfound, nil
}

func (a *api) plan(ctx context.Context, actor access.Actor, in order, after string, limit int) (*body[orderPlan], error) {
	o, unfound, err := a.order(ctx, actor, in)
	if err != nil {
		return nil, err
	}
	out := orderPlan{Refused: map[string]int{}, Rows: []orderRow{}}
	for _, u := range unfound {
		out.Refused[u.Refused]++
	}
	if after == "" {
		out.Rows = append(out.Rows, unfound...)
	}
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	if len(o.To.IDs) == 0 && !o.To.All {
		return &body[orderPlan]{out}, nil
	}
	p, err := a.Store.PlanOrder(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	out.Selected, out.Sends = p.Selected, sends{p.Email, p.SMS}
	for why, n := range p.Refused {
		out.Refused[string(why)] += n
	}
	if known := p.Selected; !o.To.All && known < len(unique(o.To.IDs)) { // out of reach, or gone
		out.Refused[access.Unknown] += len(unique(o.To.IDs)) - known
	}
	from := attendance.ProfileID("")
	if after != "" {
		if from, err = given[attendance.ProfileID]("after", after); err != nil {
			return nil, err
		}
	}
	rows, err := a.Store.PlanResults(ctx, actor, o, from, limit)
	if err != nil {
		return nil, err
	}
	out.Rows = append(out.Rows, convert(rows, rowOut)...)
	if len(rows) == limit {
		out.Next = string(rows[limit-1].Person)
	}
	return &body[orderPlan]{out}, nil
}

func unique(ids []attendance.ProfileID) map[attendance.ProfileID]bool {
	all := make(map[attendance.ProfileID]bool, len(ids))
	for _, id := range ids {
		all[id] = true
	}
	return all
}

// send carries an order out. SMS cost money: how many go out must have been said.
func (a *api) send(ctx context.Context, actor access.Actor, in order) (*body[batch], error) {
	o, unfound, err := a.order(ctx, actor, in)
	if err != nil {
		return nil, err
	}
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	var plan invite.Plan
	if len(o.To.IDs) > 0 || o.To.All {
		if plan, err = a.Store.PlanOrder(ctx, actor, o); err != nil {
			return nil, err
		}
	}
	// Somebody out of reach is nobody, like somebody who isn't there.
	if plan.Selected == 0 && !o.To.All {
		return nil, named(http.StatusUnprocessableEntity, "nobody", "Nobody was found whom this names.")
	}
	if plan.SMS > 0 && (in.ConfirmSMS == nil || *in.ConfirmSMS != plan.SMS) {
		p := named(http.StatusConflict, "sms-not-confirmed", "SMS would go out; say in confirm_sms how many may.")
		p.Sends = &sends{plan.Email, plan.SMS}
		return nil, p
	}
	b, err := a.Store.Ask(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	out := batchOut(b)
	out.Unfound = unfound
	return &body[batch]{out}, nil
}

type planQuery struct {
	After string `query:"after" doc:"The cursor of the rows before."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Body  order
}

func (a *api) orders() {
	tags := []string{"Invitations"}
	register(a, huma.Operation{
		OperationID: "plan-invitations", Method: http.MethodPost, Path: "/api/v1/invitations/plan", Tags: tags, MaxBodyBytes: maxOrder,
		Summary: "Say what an order would do, without doing it", Description: "Whom it would send what, and to whom nothing with the reason.",
		Errors: []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, func(ctx context.Context, actor access.Actor, in *planQuery) (*body[orderPlan], error) {
		return a.plan(ctx, actor, in.Body, in.After, in.Limit)
	})
	register(a, huma.Operation{
		OperationID: "send-invitations", Method: http.MethodPost, Path: "/api/v1/batches", Tags: tags, MaxBodyBytes: maxOrder, DefaultStatus: http.StatusCreated,
		Summary:     "Invite, chase or re-send",
		Description: "Messages are queued at once and sent by workers; the batch tells how far they are. Nobody is chased more than once in 24 hours, whoever asks.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, func(ctx context.Context, actor access.Actor, in *struct{ Body order }) (*body[batch], error) {
		return a.send(ctx, actor, in.Body)
	})
	register(a, huma.Operation{
		OperationID: "list-batches", Method: http.MethodGet, Path: "/api/v1/batches", Tags: tags, Summary: "List orders, newest first",
		Errors: []int{http.StatusUnprocessableEntity},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Before string `query:"before" doc:"The cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	},
	) (*body[list[batch]], error) {
		all, next, err := a.Store.BatchPage(ctx, actor, in.Before, in.Limit)
		if err != nil {
			return nil, err
		}
		return &body[list[batch]]{list[batch]{Items: convert(all, batchOut), Next: next}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-batch", Method: http.MethodGet, Path: "/api/v1/batches/{id}", Tags: tags, Summary: "Show how far an order is",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[batch], error) {
		return a.batch(ctx, actor, in.ID)
	})
	register(a, huma.Operation{
		OperationID: "list-batch-results", Method: http.MethodGet, Path: "/api/v1/batches/{id}/results", Tags: tags,
		Summary: "List what became of an order for each person", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID    string `path:"id"`
		After string `query:"after" doc:"The cursor of the page before."`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	},
	) (*body[list[orderRow]], error) {
		id, err := found[invite.BatchID](in.ID)
		if err != nil {
			return nil, err
		}
		rows, err := a.Store.BatchResults(ctx, actor, id, attendance.ProfileID(in.After), in.Limit)
		if err != nil {
			return nil, err
		}
		out := list[orderRow]{Items: convert(rows, rowOut)}
		if len(rows) == in.Limit {
			out.Next = string(rows[len(rows)-1].Person)
		}
		return &body[list[orderRow]]{out}, nil
	})
	register(a, huma.Operation{
		OperationID: "undo-batch", Method: http.MethodPost, Path: "/api/v1/batches/{id}/undo", Tags: tags,
		Summary: "Take back the messages of an order that wait to be sent", Description: "What is on its way is not called back. Who was reminded stands as before, and may be reminded again when that was possible before.",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[batch], error) {
		id, err := found[invite.BatchID](in.ID)
		if err != nil {
			return nil, err
		}
		if _, err := a.Store.UndoBatch(ctx, actor, id); err != nil {
			return nil, err
		}
		return a.batch(ctx, actor, in.ID)
	})
}

func (a *api) batch(ctx context.Context, actor access.Actor, id string) (*body[batch], error) {
	key, err := found[invite.BatchID](id)
	if err != nil {
		return nil, err
	}
	b, err := a.Store.Batch(ctx, actor, key)
	if err != nil {
		return nil, err
	}
	return &body[batch]{batchOut(b)}, nil
}
