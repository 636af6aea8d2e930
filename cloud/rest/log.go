package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Log shows what tablets have told.
type Log interface {
	Punches(ctx context.Context, actor access.Actor, query attendance.LogQuery) (entries []attendance.Entry, next string, err error)
	Punch(ctx context.Context, actor access.Actor, id attendance.PunchID) (attendance.Entry, error)
	LatestPunch(ctx context.Context, actor access.Actor, query attendance.LogQuery) (attendance.PunchID, error)
	Refusals(ctx context.Context, actor access.Actor, query attendance.LogQuery) (refusals []attendance.Refusal, next string, err error)
	Refusal(ctx context.Context, actor access.Actor, id string) (attendance.Refusal, error)
}

type punch struct {
	ID         string    `json:"id"`
	Employee   string    `json:"employee"`
	Name       string    `json:"name"`
	Number     string    `json:"number"`
	Photo      string    `json:"photo,omitempty"`
	Site       string    `json:"site"`
	SiteName   string    `json:"site_name"`
	TimeZone   string    `json:"time_zone" doc:"The site's."`
	Device     string    `json:"device"`
	DeviceName string    `json:"device_name"`
	Card       string    `json:"card"`
	Direction  string    `json:"direction" enum:"in,out"`
	At         time.Time `json:"at" doc:"The best estimate of the true time."`
	DeviceTime time.Time `json:"device_time" doc:"By the tablet's own clock."`
	ClockTrust string    `json:"clock_trust" enum:"none,estimated,stepped"`
	TimeSource string    `json:"time_source" enum:"compared,carried,unconfirmed,bounded" doc:"How at was determined: by a clock that was compared with the cloud; carried over from such a row of the same boot; what the tablet's own clock showed; the nearest moment to that which can be."`
	Within     *float64  `json:"uncertainty_seconds,omitempty" doc:"The true time is no further away from at. Missing: nobody knows."`
	ByHand     bool      `json:"by_hand" doc:"A user said whose it is; the tablet didn't know."`
	Received   time.Time `json:"received" doc:"When the cloud had it; long after when the tablet was offline."`

	Approval   string     `json:"approval,omitempty" enum:"waiting,approved,rejected" doc:"How it stands where somebody has to approve it, because the tablet had no connection. What waits counts for the time being, what is rejected doesn't. Missing: it needs no approval."`
	ApprovalBy string     `json:"approval_by,omitempty" doc:"The name of the user who approved or rejected it."`
	ApprovalAt *time.Time `json:"approval_at,omitempty" doc:"When they did."`
}

// punchList is a page of punches.
type punchList struct {
	Items  []punch `json:"items"`
	Next   string  `json:"next,omitempty" doc:"Cursor for the page after. Missing on the last page."`
	Latest string  `json:"latest,omitempty" doc:"On the first page of those that stand in one way: which of all of them the cloud had last. Give it as through when you decide about all."`
}

type refusal struct {
	ID         string    `json:"id"`
	Reason     string    `json:"reason"`
	Code       string    `json:"code" doc:"What the tablet showed for the support desk." example:"C1"`
	Card       string    `json:"card,omitempty" doc:"Missing: the tap gave no usable number."`
	Employee   string    `json:"employee,omitempty" doc:"Missing: nobody is known by the card."`
	Name       string    `json:"name,omitempty"`
	Site       string    `json:"site"`
	SiteName   string    `json:"site_name"`
	TimeZone   string    `json:"time_zone"`
	DeviceName string    `json:"device_name"`
	At         time.Time `json:"at"`
}

func punchOut(e attendance.Entry) punch {
	p := e.Punch
	var within *float64
	if p.Moment.Uncertainty >= 0 {
		within = new(p.Moment.Uncertainty.Seconds())
	}
	return punch{
		ID: string(p.ID), Employee: string(p.Profile), Name: e.Name, Number: e.Number, Photo: e.Photo, Site: string(p.Site), SiteName: e.SiteName,
		TimeZone: e.TimeZone, Device: string(p.Device), DeviceName: e.DeviceName, Card: string(p.Card), Direction: p.Direction.String(),
		At: p.At, DeviceTime: p.Clock.Device, ClockTrust: p.Clock.Trust.String(), TimeSource: string(p.Moment.Source), Within: within, ByHand: p.ByHand, Received: e.Received,
		Approval: string(p.Approval), ApprovalBy: e.DecidedBy, ApprovalAt: some(e.Decided),
	}
}

func refusalOut(r attendance.Refusal) refusal {
	return refusal{
		ID: r.ID, Reason: string(r.Reason), Code: r.Reason.Code(), Card: string(r.Card), Employee: string(r.Profile), Name: r.Name,
		Site: string(r.Site), SiteName: r.SiteName, TimeZone: r.TimeZone, DeviceName: r.DeviceName, At: r.At,
	}
}

// LogQuery is what a list of punches or of refused taps can be narrowed to.
type LogQuery struct {
	Site     string    `query:"site"`
	Employee string    `query:"employee"`
	From     time.Time `query:"from" doc:"Inclusive."`
	To       time.Time `query:"to" doc:"Exclusive."`
	Before   string    `query:"before" doc:"The cursor of the page before."`
	Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

// punchQuery is LogQuery for punches.
type punchQuery struct {
	LogQuery
	Approval string `query:"approval" enum:"waiting,approved,rejected" doc:"Only those that stand so. Left out: however they stand."`
}

func (q punchQuery) query() attendance.LogQuery {
	out := q.LogQuery.query()
	out.Approval = attendance.Approval(q.Approval)
	return out
}

func (q LogQuery) query() attendance.LogQuery {
	return attendance.LogQuery{
		Site: attendance.SiteID(q.Site), Profile: attendance.ProfileID(q.Employee), From: q.From, To: q.To, Before: q.Before, Limit: q.Limit,
	}
}

func (a *api) log() {
	tags := []string{"Punches"}
	errors := []int{http.StatusNotFound, http.StatusUnprocessableEntity}
	register(a, huma.Operation{
		OperationID: "list-punches", Method: http.MethodGet, Path: "/api/v1/punches", Tags: tags, Summary: "List punches, newest first", Errors: errors,
	}, func(ctx context.Context, actor access.Actor, in *punchQuery) (*body[punchList], error) {
		var latest attendance.PunchID
		q := in.query()
		if q.Approval != attendance.ApprovalNone && q.Before == "" { // before the list is read: what comes after is not seen
			var err error
			if latest, err = a.Store.LatestPunch(ctx, actor, q); err != nil {
				return nil, err
			}
		}
		entries, next, err := a.Store.Punches(ctx, actor, q)
		if err != nil {
			return nil, err
		}
		return &body[punchList]{punchList{Items: convert(entries, punchOut), Next: next, Latest: string(latest)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "list-refusals", Method: http.MethodGet, Path: "/api/v1/refusals", Tags: tags, Summary: "List refused taps, newest first", Errors: errors,
	}, func(ctx context.Context, actor access.Actor, in *LogQuery) (*body[list[refusal]], error) {
		all, next, err := a.Store.Refusals(ctx, actor, in.query())
		if err != nil {
			return nil, err
		}
		return &body[list[refusal]]{list[refusal]{Items: convert(all, refusalOut), Next: next}}, nil
	})
}
