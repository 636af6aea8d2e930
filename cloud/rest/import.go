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

// Imports takes in files that a tablet's journal was exported to.
type Imports interface {
	Import(ctx context.Context, actor access.Actor, dev attendance.DeviceID, file []byte, take bool) (device.Import, error)
}

// How large an export file may be, and how long it may take to come.
const (
	maxExport  = 64 << 20 // bytes
	exportTime = 5 * time.Minute
)

type imported struct {
	Created time.Time  `json:"created" doc:"When the file was written, by the tablet's clock."`
	Signed  bool       `json:"signed" doc:"By a key of this tablet. Otherwise everything goes to quarantine."`
	Taken   bool       `json:"taken" doc:"False: it was only looked at."`
	Rows    int        `json:"rows"`
	New     int        `json:"new"`
	There   int        `json:"there" doc:"Were here already."`
	Broken  int        `json:"broken" doc:"Damaged or unsigned: to quarantine."`
	Late    int        `json:"late" doc:"Of a revoked tablet, not shown to be from before: to quarantine."`
	From    *time.Time `json:"from,omitempty"`
	To      *time.Time `json:"to,omitempty"`
}

func (a *api) imports() {
	register(a, huma.Operation{
		OperationID: "import-rows", Method: http.MethodPost, Path: "/api/v1/devices/{id}/import", Tags: []string{"Devices"},
		Summary:     "Take in what a tablet's journal was exported to",
		Description: "A file that muster-tablet export wrote, of up to 64 MiB. Taking it in twice changes nothing more. For admins of the organisation.",
		Errors:      []int{http.StatusNotFound, http.StatusRequestEntityTooLarge}, MaxBodyBytes: maxExport, BodyReadTimeout: exportTime,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID      string `path:"id"`
		Look    bool   `query:"look" doc:"Only say what the file holds."`
		RawBody []byte
	},
	) (*body[imported], error) {
		dev, err := found[attendance.DeviceID](in.ID)
		if err != nil {
			return nil, err
		}
		v, err := a.Imports.Import(ctx, actor, dev, in.RawBody, !in.Look)
		if err != nil {
			return nil, err
		}
		out := imported{
			Created: v.Created, Signed: v.Signed, Taken: !in.Look, Rows: v.Rows, New: v.New, There: v.There, Broken: v.Broken, Late: v.Late,
		}
		if !v.From.IsZero() {
			out.From, out.To = &v.From, &v.To
		}
		return &body[imported]{out}, nil
	})
}
