package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/intake"
)

// Intakes takes lists of people in.
type Intakes interface {
	StartIntake(ctx context.Context, actor access.Actor, u intake.Upload) (intake.ID, error)
	Intake(ctx context.Context, actor access.Actor, id intake.ID) (intake.Intake, error)
	IntakeRows(ctx context.Context, actor access.Actor, id intake.ID, verdict intake.Verdict, after, limit int) ([]intake.Row, error)
	ConfirmIntake(ctx context.Context, actor access.Actor, id intake.ID, c intake.Confirmation) error
}

// intakeTime is how long a list may take to come.
const intakeTime = 5 * time.Minute

type peopleImport struct {
	ID      string                 `json:"id"`
	Name    string                 `json:"name"`
	Stage   string                 `json:"stage" enum:"reading,checked,writing,done,failed" doc:"A list that is checked waits to be confirmed."`
	Problem *importProblem         `json:"problem,omitempty" doc:"Why it failed, or from which line on nothing was read."`
	Rows    int                    `json:"rows" doc:"Read until now."`
	Written int                    `json:"written" doc:"Dealt with until now."`
	Counts  map[intake.Verdict]int `json:"counts" doc:"Rows by new, changed, unchanged and refused."`
	Sends   map[string]int         `json:"sends" doc:"What an invitation would do, by email, sms, or why there would be none."`
	Batch   string                 `json:"batch,omitempty" doc:"The order of the invitations."`
	Held    bool                   `json:"held" doc:"More messages would have gone out than were confirmed, so that none did."`
}

type importProblem struct {
	Field      string `json:"field,omitempty"`
	Column     string `json:"column,omitempty"`
	Code       string `json:"code"`
	Given      string `json:"given,omitempty"`
	Suggestion string `json:"suggestion,omitempty"`
	Line       int    `json:"line,omitempty" doc:"Another row that it is about."`
}

type importRow struct {
	Line     int             `json:"line"`
	Verdict  string          `json:"verdict" enum:"new,changed,unchanged,refused"`
	Employee string          `json:"employee,omitempty" doc:"Of a new one, once the list is done."`
	Problems []importProblem `json:"problems"`
}

func importOut(i intake.Intake) peopleImport {
	out := peopleImport{
		ID: string(i.ID), Name: i.Name, Stage: string(i.Stage), Rows: i.Rows, Written: i.Written, Counts: i.Counts, Sends: i.Sends, Batch: i.Batch, Held: i.Held,
	}
	if i.Problem.Code != "" {
		p := importProblemOut(i.Problem)
		out.Problem = &p
	}
	return out
}

func importProblemOut(p intake.Problem) importProblem {
	return importProblem{Field: string(p.Field), Column: p.Column, Code: p.Code, Given: p.Given, Suggestion: p.Suggestion, Line: p.Line}
}

func (a *api) intakes() {
	register(a, huma.Operation{
		OperationID: "start-import", Method: http.MethodPost, Path: "/api/v1/imports", Tags: []string{"Employees"}, DefaultStatus: http.StatusAccepted,
		Summary:     "Upload a list of people to be checked",
		Description: "An xlsx or csv file of up to 32 MiB. Nothing is changed before the import is confirmed; look at it until its stage is checked.",
		Errors:      []int{http.StatusRequestEntityTooLarge, http.StatusTooManyRequests}, MaxBodyBytes: intake.MaxSize, BodyReadTimeout: intakeTime,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Name    string `query:"name" maxLength:"200" doc:"Of the file, for people to recognise it."`
		Site    string `query:"site" doc:"Of new people whose row names none."`
		RawBody []byte
	},
	) (*body[peopleImport], error) {
		id, err := a.Store.StartIntake(ctx, actor, intake.Upload{Kind: intake.People, Name: in.Name, File: in.RawBody, Site: attendance.SiteID(in.Site)})
		if err != nil {
			return nil, err
		}
		return a.importBody(ctx, actor, id)
	})
	register(a, huma.Operation{
		OperationID: "get-import", Method: http.MethodGet, Path: "/api/v1/imports/{id}", Tags: []string{"Employees"},
		Summary: "How far an import is", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
	},
	) (*body[peopleImport], error) {
		id, err := found[intake.ID](in.ID)
		if err != nil {
			return nil, err
		}
		return a.importBody(ctx, actor, id)
	})
	register(a, huma.Operation{
		OperationID: "list-import-rows", Method: http.MethodGet, Path: "/api/v1/imports/{id}/rows", Tags: []string{"Employees"},
		Summary: "What each row of an import does, and why it is refused", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID      string `path:"id"`
		Verdict string `query:"verdict" enum:"new,changed,unchanged,refused"`
		After   int    `query:"after" minimum:"0" doc:"The last line of the page before."`
		Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	},
	) (*body[list[importRow]], error) {
		id, err := found[intake.ID](in.ID)
		if err != nil {
			return nil, err
		}
		i, err := a.Store.Intake(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		rows, err := a.Store.IntakeRows(ctx, actor, id, intake.Verdict(in.Verdict), in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		out := list[importRow]{Items: convert(rows, func(r intake.Row) importRow {
			row := importRow{Line: r.Line, Verdict: string(r.Verdict), Problems: convert(r.Problems, importProblemOut)}
			if r.Verdict != intake.New || i.Stage == intake.Done {
				row.Employee = string(r.Person)
			}
			return row
		})}
		if n := len(rows); n == in.Limit {
			out.Next = strconv.Itoa(rows[n-1].Line)
		}
		return &body[list[importRow]]{out}, nil
	})
	a.confirmIntake()
}

func (a *api) confirmIntake() {
	register(a, huma.Operation{
		OperationID: "confirm-import", Method: http.MethodPost, Path: "/api/v1/imports/{id}/confirm", Tags: []string{"Employees"}, DefaultStatus: http.StatusAccepted,
		Summary:     "Have the rows of an import written",
		Description: "Where more messages would go out than are named here, the people are written and nothing is sent.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body struct {
			Invite bool `json:"invite,omitempty" doc:"Invite everybody in it who has no invitation yet."`
			Emails int  `json:"emails,omitempty" minimum:"0" doc:"At most."`
			SMS    int  `json:"sms,omitempty" minimum:"0" doc:"At most."`
		}
	},
	) (*body[peopleImport], error) {
		id, err := found[intake.ID](in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.Store.ConfirmIntake(ctx, actor, id, intake.Confirmation{Invite: in.Body.Invite, Emails: in.Body.Emails, SMS: in.Body.SMS}); err != nil {
			return nil, err
		}
		return a.importBody(ctx, actor, id)
	})
}

func (a *api) importBody(ctx context.Context, actor access.Actor, id intake.ID) (*body[peopleImport], error) {
	i, err := a.Store.Intake(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return &body[peopleImport]{importOut(i)}, nil
}
