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

// Tablets shows and names the tablets.
type Tablets interface {
	Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error)
	Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error)
	Rename(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error
}

// TabletCommands says what a tablet should do.
type TabletCommands interface {
	Revoke(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
	Lock(ctx context.Context, actor access.Actor, id attendance.DeviceID, message string) error
	Unlock(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
}

type tablet struct {
	ID                 string     `json:"id"`
	Site               string     `json:"site"`
	SiteName           string     `json:"site_name"`
	Name               string     `json:"name"`
	Hardware           string     `json:"hardware"`
	Created            time.Time  `json:"created"`
	Revoked            *time.Time `json:"revoked,omitempty" doc:"Missing: not revoked."`
	Locked             bool       `json:"locked"`
	LockMessage        string     `json:"lock_message,omitempty"`
	Online             bool       `json:"online"`
	OnlineSince        *time.Time `json:"online_since,omitempty" doc:"When online last changed."`
	Seen               *time.Time `json:"seen,omitempty" doc:"Its last message of any kind."`
	CertificateExpires *time.Time `json:"certificate_expires,omitempty"`
	Missing            []loss     `json:"missing,omitempty" doc:"What could not be read when its memory was damaged, or was lost when the cloud was restored, and is not here. Only where one tablet is asked for."`
	Health             *health    `json:"health,omitempty" doc:"As it last told. Missing: it hasn't yet."`
}

type loss struct {
	Stream string     `json:"stream"`
	From   uint64     `json:"from" doc:"Number of the first record of the journal that is missing."`
	To     uint64     `json:"to,omitempty" doc:"Number of the last. Missing: what could be read ends before from; nobody knows whether there was more."`
	After  *time.Time `json:"after,omitempty" doc:"They were written after this moment. Missing: not known."`
	Before *time.Time `json:"before,omitempty" doc:"They were written before this moment. Missing: not known."`
}

type health struct {
	At            time.Time  `json:"at"`
	Version       string     `json:"version"`
	Waiting       int        `json:"waiting" doc:"What it has told that the cloud has not confirmed."`
	OldestWaitS   float64    `json:"oldest_wait_s" doc:"Seconds."`
	Reader        string     `json:"reader" doc:"ready, starting, missing or failing."`
	ReaderDetail  string     `json:"reader_detail,omitempty"`
	DiskFree      uint64     `json:"disk_free" doc:"Bytes."`
	ClockOffsetMS float64    `json:"clock_offset_ms" doc:"Cloud minus tablet, milliseconds."`
	ClockTrust    string     `json:"clock_trust" doc:"none, estimated or stepped."`
	Employees     int        `json:"employees" doc:"How many it knows offline."`
	Behind        uint64     `json:"behind" doc:"Changes of people, cards and settings that it hasn't read yet. 0: it is up to date."`
	BehindSince   *time.Time `json:"behind_since,omitempty" doc:"When it last was up to date. Missing: it is, or nobody knows."`
	Skipped       int        `json:"skipped,omitempty" doc:"Changes that it could not understand."`
	SkippedReason string     `json:"skipped_reason,omitempty" doc:"Why the last of them could not be, in English."`
	Started       *time.Time `json:"started,omitempty"`
}

type tabletPatch struct {
	Name *string `json:"name,omitempty"`
}

type lockMessage struct {
	Message string `json:"message,omitempty" doc:"What the tablet shows."`
}

func tabletOut(t device.Tablet) tablet {
	out := tablet{
		ID: string(t.ID), Site: string(t.Site), SiteName: t.SiteName, Name: t.Name, Hardware: t.Hardware, Created: t.Created,
		Revoked: some(t.Revoked), Locked: t.Locked, LockMessage: t.LockMessage, Online: t.Online, OnlineSince: some(t.OnlineSince),
		Seen: some(t.Seen), CertificateExpires: some(t.CertExpires),
	}
	for _, l := range t.Losses {
		out.Missing = append(out.Missing, loss{l.Stream.String(), l.From, l.To, some(l.After), some(l.Before)})
	}
	if h := t.Health; !h.At.IsZero() {
		out.Health = &health{
			At: h.At, Version: h.Version, Waiting: h.Waiting, OldestWaitS: h.OldestWait.Seconds(), Reader: string(h.Reader), ReaderDetail: h.ReaderDetail,
			DiskFree: h.DiskFree, ClockOffsetMS: float64(h.ClockOffset) / float64(time.Millisecond), ClockTrust: h.Trust,
			Employees: h.Profiles, Started: some(h.Started), Behind: t.Roster.Behind, BehindSince: some(t.Roster.Since),
			Skipped: h.FeedSkipped, SkippedReason: h.FeedProblem,
		}
	}
	return out
}

func (a *api) devices() {
	tags := []string{"Devices"}
	register(a, huma.Operation{
		OperationID: "list-devices", Method: http.MethodGet, Path: "/api/v1/devices", Tags: tags, Summary: "List tablets",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[tablet]], error) {
		all, err := a.Fleet.Tablets(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[tablet]]{list[tablet]{Items: convert(all, tabletOut)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-device", Method: http.MethodGet, Path: "/api/v1/devices/{id}", Tags: tags, Summary: "Get a tablet",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[tablet], error) {
		return a.device(ctx, actor, in.ID, nil)
	})
	register(a, huma.Operation{
		OperationID: "change-device", Method: http.MethodPatch, Path: "/api/v1/devices/{id}", Tags: tags, Summary: "Rename a tablet",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body tabletPatch
	},
	) (*body[tablet], error) {
		return a.device(ctx, actor, in.ID, func(id attendance.DeviceID) error {
			if in.Body.Name == nil {
				return nil
			}
			return a.Fleet.Rename(ctx, actor, id, *in.Body.Name)
		})
	})
	register(a, huma.Operation{
		OperationID: "revoke-device", Method: http.MethodPost, Path: "/api/v1/devices/{id}/revoke", Tags: tags,
		Summary: "Shut a tablet out for good", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[tablet], error) {
		return a.device(ctx, actor, in.ID, func(id attendance.DeviceID) error { return a.Fleet.Revoke(ctx, actor, id) })
	})
	register(a, huma.Operation{
		OperationID: "lock-device", Method: http.MethodPost, Path: "/api/v1/devices/{id}/lock", Tags: tags,
		Summary: "Have a tablet show a message and take no punches", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string       `path:"id"`
		Body *lockMessage `required:"false"`
	},
	) (*body[tablet], error) {
		message := ""
		if in.Body != nil {
			message = in.Body.Message
		}
		return a.device(ctx, actor, in.ID, func(id attendance.DeviceID) error { return a.Fleet.Lock(ctx, actor, id, message) })
	})
	register(a, huma.Operation{
		OperationID: "unlock-device", Method: http.MethodPost, Path: "/api/v1/devices/{id}/unlock", Tags: tags,
		Summary: "Have a tablet take punches again", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[tablet], error) {
		return a.device(ctx, actor, in.ID, func(id attendance.DeviceID) error { return a.Fleet.Unlock(ctx, actor, id) })
	})
}

// device changes a tablet, unless there is nothing to change, and returns it as
// it is then.
func (a *api) device(ctx context.Context, actor access.Actor, id string, change func(attendance.DeviceID) error) (*body[tablet], error) {
	key, err := found[attendance.DeviceID](id)
	if err != nil {
		return nil, err
	}
	if change != nil {
		if err := change(key); err != nil {
			return nil, err
		}
	}
	t, err := a.Fleet.Tablet(ctx, actor, key)
	if err != nil {
		return nil, err
	}
	return &body[tablet]{tabletOut(t)}, nil
}
