package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Approvals decides about punches that were taken without a line.
type Approvals interface {
	DecidePunches(ctx context.Context, actor access.Actor, d attendance.Decision) (attendance.Decided, error)
}

// seenAs is how a punch stood when somebody decided about it.
type seenAs struct {
	Was string `json:"was,omitempty" enum:"waiting,approved,rejected" doc:"How you think it stands: waiting, or the other verdict, to take that back. Left out: waiting."`
}

type punchDecision struct {
	IDs    []string       `json:"ids,omitempty" maxItems:"1000" doc:"Punches."`
	All    bool           `json:"all,omitempty" doc:"In place of ids: all that the filter shows; without one, all that stand so."`
	Filter *punchesToPick `json:"filter,omitempty" doc:"With all."`
	Except []string       `json:"except,omitempty" maxItems:"1000" doc:"With all: these punches not."`
	Seen   string         `json:"through,omitempty" doc:"With all: only what the cloud had when it had this punch, the latest of a list, so that nothing is decided that you haven't seen."`
	Had    *time.Time     `json:"received_before,omitempty" doc:"With all: only what the cloud had by then. It goes by the clock that the cloud had: where that may have been wrong, use through."`
	Most   int            `json:"at_most,omitempty" minimum:"1" doc:"With all: where more are meant by now, none is decided (409). What a tablet sent earlier may be stored later."`
	Was    string         `json:"was,omitempty" enum:"waiting,approved,rejected" doc:"How you think they stand: waiting, or the other verdict, to take that back. Left out: waiting. Those that stand otherwise are left as they are."`
}

type punchesToPick struct {
	Site     string     `json:"site,omitempty"`
	Employee string     `json:"employee,omitempty"`
	From     *time.Time `json:"from,omitempty" doc:"Inclusive."`
	To       *time.Time `json:"to,omitempty" doc:"Exclusive."`
}

// UnmarshalJSON refuses fields that there aren't: one with a typing error must not
// mean every punch.
func (p *punchesToPick) UnmarshalJSON(b []byte) error {
	type plain punchesToPick
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(p))
}

type punchesDecided struct {
	Changed int `json:"changed"`
	Left    int `json:"left" doc:"How many of ids are left as they are: not there, out of your reach, or standing otherwise by now."`
}

func (in punchDecision) decision(v attendance.Approval) (attendance.Decision, error) {
	id := func(s string) attendance.PunchID { return attendance.PunchID(s) }
	d := attendance.Decision{Verdict: v, Was: attendance.Approval(in.Was), IDs: convert(in.IDs, id), All: in.All, Except: convert(in.Except, id), Most: in.Most}
	if !in.All && (in.Filter != nil || len(in.Except) > 0 || in.Had != nil || in.Seen != "" || in.Most > 0) {
		return d, access.Invalid{Field: "all", Problem: access.Required}
	}
	if in.Had != nil {
		d.Received = *in.Had
	}
	if in.Seen != "" {
		seen, err := given[attendance.PunchID]("through", in.Seen)
		if err != nil {
			return d, err
		}
		d.Filter.Through = seen
	}
	f := in.Filter
	if f == nil {
		return d, nil
	}
	if f.Site != "" {
		site, err := given[attendance.SiteID]("filter.site", f.Site)
		if err != nil {
			return d, err
		}
		d.Filter.Site = site
	}
	if f.Employee != "" {
		who, err := given[attendance.ProfileID]("filter.employee", f.Employee)
		if err != nil {
			return d, err
		}
		d.Filter.Profile = who
	}
	if f.From != nil {
		d.Filter.From = *f.From
	}
	if f.To != nil {
		d.Filter.To = *f.To
	}
	return d, nil
}

func (a *api) approvals() {
	for _, v := range []struct {
		verdict   attendance.Approval
		verb      string
		one, many string
	}{
		{attendance.Approved, "approve", "Say that a punch counts that was taken without a connection", "Approve many punches"},
		{attendance.Rejected, "reject", "Say that a punch doesn't count that was taken without a connection", "Reject many punches"},
	} {
		register(a, huma.Operation{
			OperationID: v.verb + "-punch", Method: http.MethodPost, Path: "/api/v1/punches/{id}/" + v.verb, Tags: []string{"Punches"}, Summary: v.one,
			Description: "Saying it again changes nothing. Conflict: it stands otherwise than you think, because somebody has decided meanwhile or it needs no approval.",
			Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
		}, func(ctx context.Context, actor access.Actor, in *struct {
			ID   string  `path:"id"`
			Body *seenAs `required:"false"`
		},
		) (*body[punch], error) {
			var was string
			if in.Body != nil {
				was = in.Body.Was
			}
			return a.decide(ctx, actor, in.ID, v.verdict, attendance.Approval(was))
		})
		register(a, huma.Operation{
			OperationID: v.verb + "-punches", Method: http.MethodPost, Path: "/api/v1/punches/" + v.verb, Tags: []string{"Punches"}, Summary: v.many,
			Description: "What a punch's tablet told is kept as it is, whatever is decided.",
			Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
		}, func(ctx context.Context, actor access.Actor, in *struct{ Body punchDecision }) (*body[punchesDecided], error) {
			d, err := in.Body.decision(v.verdict)
			if err != nil {
				return nil, err
			}
			out, err := a.Store.DecidePunches(ctx, actor, d)
			if err != nil {
				return nil, err
			}
			return &body[punchesDecided]{punchesDecided{Changed: out.Changed, Left: out.Left}}, nil
		})
	}
}

// decide decides about one punch and returns it as it is then.
func (a *api) decide(ctx context.Context, actor access.Actor, of string, v, was attendance.Approval) (*body[punch], error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	id, err := found[attendance.PunchID](of)
	if err != nil {
		return nil, err
	}
	if _, err := a.Store.Punch(ctx, actor, id); err != nil {
		return nil, err
	}
	out, err := a.Store.DecidePunches(ctx, actor, attendance.Decision{Verdict: v, Was: was, IDs: []attendance.PunchID{id}})
	if err != nil {
		return nil, err
	}
	e, err := a.Store.Punch(ctx, actor, id)
	switch {
	case err != nil:
		return nil, err
	case out.Changed == 0 && e.Punch.Approval != v:
		return nil, access.ErrConflict
	}
	return &body[punch]{punchOut(e)}, nil
}
