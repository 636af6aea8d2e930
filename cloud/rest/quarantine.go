package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Quarantine keeps what tablets told that could not be made sense of.
type Quarantine interface {
	Quarantined(ctx context.Context, actor access.Actor) ([]attendance.Quarantined, error)
	QuarantinedRow(ctx context.Context, actor access.Actor, id int64) (attendance.Quarantined, error)
	AssignQuarantined(ctx context.Context, actor access.Actor, id int64, profile attendance.ProfileID) error
	DismissQuarantined(ctx context.Context, actor access.Actor, id int64, reason string) error
	Reprocess(ctx context.Context, actor access.Actor) (attendance.ReprocessReport, error)
}

type quarantined struct {
	ID         int64            `json:"id"`
	Device     string           `json:"device"`
	DeviceName string           `json:"device_name"`
	Site       string           `json:"site,omitempty" doc:"Where the tablet stands now."`
	SiteName   string           `json:"site_name,omitempty"`
	TimeZone   string           `json:"time_zone,omitempty" doc:"The site's."`
	Reason     string           `json:"reason" example:"unknown-profile"`
	Received   time.Time        `json:"received"`
	Stream     string           `json:"stream,omitempty" doc:"With seq, the place in the tablet's journal. Missing: not even that could be read."`
	Seq        uint64           `json:"seq,omitempty"`
	Kind       string           `json:"kind,omitempty" doc:"What the row tells. Missing: it can't be read." example:"punch"`
	Punch      *quarantinePunch `json:"punch,omitempty" doc:"As the tablet told it, however wrong. Missing: it is no punch."`
	Assignable bool             `json:"assignable" doc:"It is a whole punch and lacks only its person."`
	Repeatable bool             `json:"repeatable" doc:"It is in the raw log, so that it can be tried again."`
	Resolution string           `json:"resolution,omitempty" enum:"assigned,dismissed,reprocessed,told-again" doc:"Missing: it is open."`
	Resolved   *time.Time       `json:"resolved,omitempty"`
	ResolvedBy string           `json:"resolved_by,omitempty" doc:"The user's name. Missing: the cloud by itself."`
	Employee   string           `json:"employee,omitempty" doc:"Whose punch it became, when somebody said so."`
	Note       string           `json:"note,omitempty" doc:"Why it was dismissed."`
}

type quarantinePunch struct {
	Punch     string    `json:"punch" doc:"The id that the punch has once it counts."`
	Employee  string    `json:"employee,omitempty" doc:"Whom the tablet took it for."`
	Name      string    `json:"name,omitempty" doc:"Missing: nobody of that id is within your reach."`
	Likely    string    `json:"likely,omitempty" doc:"The employee who held the card, as far as is known."`
	Card      string    `json:"card,omitempty"`
	Direction string    `json:"direction" enum:"in,out,unknown"`
	At        time.Time `json:"at"`
	Approval  string    `json:"approval,omitempty" enum:"waiting" doc:"Whoever it turns out to be, somebody has to approve it: the tablet had no connection."`
}

func quarantinedOut(q attendance.Quarantined) quarantined {
	out := quarantined{
		ID: q.ID, Device: string(q.Device), DeviceName: q.DeviceName, Site: string(q.Site), SiteName: q.SiteName, TimeZone: q.TimeZone,
		Reason: q.Reason, Received: q.Received, Stream: q.Stream, Seq: q.Seq, Kind: q.Kind, Assignable: q.Assignable, Repeatable: q.Repeatable,
		Resolution: string(q.Resolution), ResolvedBy: q.ResolvedBy, Employee: string(q.Profile), Note: q.Note,
	}
	if !q.Resolved.IsZero() {
		out.Resolved = &q.Resolved
	}
	// A time out of RFC 3339's range can't be written.
	if p := q.Punch; p.ID != "" && p.At.Year() > 0 && p.At.Year() < 10000 {
		out.Punch = &quarantinePunch{
			Punch: string(p.ID), Employee: string(p.Profile), Name: q.Name, Likely: string(q.Likely), Card: string(p.Card), Direction: p.Direction.String(), At: p.At,
			Approval: string(p.Approval),
		}
	}
	return out
}

type byEntry struct {
	ID string `path:"id"`
}

func (in byEntry) number() (int64, error) {
	id, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return 0, access.ErrNotFound // what is no number names nothing
	}
	return id, nil
}

func (a *api) quarantine() {
	tags := []string{"Quarantine"}
	register(a, huma.Operation{
		OperationID: "list-quarantine", Method: http.MethodGet, Path: "/api/v1/quarantine", Tags: tags,
		Summary: "List what tablets told that could not be made sense of and nobody has dealt with, newest first",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[quarantined]], error) {
		all, err := a.Store.Quarantined(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[quarantined]]{list[quarantined]{Items: convert(all, quarantinedOut)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-quarantined", Method: http.MethodGet, Path: "/api/v1/quarantine/{id}", Tags: tags,
		Summary: "Show one thing in quarantine, also when it has been dealt with", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byEntry) (*body[quarantined], error) {
		return a.quarantined(ctx, actor, *in)
	})
	register(a, huma.Operation{
		OperationID: "assign-quarantined", Method: http.MethodPost, Path: "/api/v1/quarantine/{id}/assign", Tags: tags,
		Summary:     "Say whose punch it is",
		Description: "It counts from then on, once. The employee belongs to the site of the tablet. Conflict: it is no whole punch, or somebody has dealt with it already.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body struct {
			Employee string `json:"employee"`
		}
	},
	) (*body[quarantined], error) {
		profile, err := given[attendance.ProfileID]("employee", in.Body.Employee)
		if err != nil {
			return nil, err
		}
		return a.mended(ctx, actor, byEntry{in.ID}, func(id int64) error { return a.Store.AssignQuarantined(ctx, actor, id, profile) })
	})
	register(a, huma.Operation{
		OperationID: "dismiss-quarantined", Method: http.MethodPost, Path: "/api/v1/quarantine/{id}/dismiss", Tags: tags,
		Summary: "Say why it needs nothing", Description: "What the tablet sent is kept all the same. Conflict: somebody has dealt with it already.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body struct {
			Reason string `json:"reason"`
		}
	},
	) (*body[quarantined], error) {
		return a.mended(ctx, actor, byEntry{in.ID}, func(id int64) error { return a.Store.DismissQuarantined(ctx, actor, id, in.Body.Reason) })
	})
	register(a, huma.Operation{
		OperationID: "reprocess-quarantine", Method: http.MethodPost, Path: "/api/v1/quarantine/reprocess", Tags: tags,
		Summary:     "Try everything again from the raw log",
		Description: "What can be matched by now does what it tells; the rest stays in quarantine. Doing it twice does nothing more.",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[reprocessed], error) {
		r, err := a.Store.Reprocess(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[reprocessed]{reprocessed{Tried: r.Tried, Matched: r.Matched}}, nil
	})
}

type reprocessed struct {
	Tried   int `json:"tried"`
	Matched int `json:"matched" doc:"The rest stays in quarantine."`
}

// mended does something about an entry and returns the entry as it is then.
func (a *api) mended(ctx context.Context, actor access.Actor, in byEntry, do func(int64) error) (*body[quarantined], error) {
	id, err := in.number()
	if err != nil {
		return nil, err
	}
	if err := do(id); err != nil {
		return nil, err
	}
	return a.quarantined(ctx, actor, in)
}

func (a *api) quarantined(ctx context.Context, actor access.Actor, in byEntry) (*body[quarantined], error) {
	id, err := in.number()
	if err != nil {
		return nil, err
	}
	q, err := a.Store.QuarantinedRow(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return &body[quarantined]{quarantinedOut(q)}, nil
}
