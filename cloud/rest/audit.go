package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Audit knows who did what.
type Audit interface {
	AuditLog(ctx context.Context, actor access.Actor, q access.AuditQuery) (access.AuditPage, error)
	Record(ctx context.Context, actor access.Actor, action, subject string) error
}

type auditEntry struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	User     string    `json:"user,omitempty" doc:"Missing: the cloud itself."`
	UserName string    `json:"user_name,omitempty"`
	Via      string    `json:"via,omitempty" enum:"console,api,operator" doc:"Missing: it isn't known."`
	Address  string    `json:"address,omitempty" doc:"Of the network, from where it was asked for."`
	Token    string    `json:"token,omitempty" doc:"The name of the token that was used."`
	Action   string    `json:"action" example:"hand-out"`
	Subject  string    `json:"subject" doc:"What it was done to: an id, or words."`
	Employee string    `json:"employee,omitempty" doc:"To whom it was done."`
	Name     string    `json:"name,omitempty"`
	Number   string    `json:"number,omitempty"`
}

func (a *api) auditLog() {
	register(a, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/api/v1/audit", Tags: []string{"Audit"}, Summary: "List who did what, newest first",
		Errors: []int{http.StatusUnprocessableEntity},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		User     string    `query:"user"`
		Action   string    `query:"action" example:"hand-out"`
		Employee string    `query:"employee" doc:"To whom it was done."`
		From     time.Time `query:"from" doc:"Inclusive."`
		To       time.Time `query:"to" doc:"Exclusive."`
		Before   string    `query:"before" doc:"The cursor of the page before."`
		Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	},
	) (*body[list[auditEntry]], error) {
		page, err := a.Store.AuditLog(ctx, actor, access.AuditQuery{
			User: access.UserID(in.User), Action: in.Action, Person: attendance.ProfileID(in.Employee), From: in.From, To: in.To, Before: in.Before, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		return &body[list[auditEntry]]{list[auditEntry]{Items: convert(page.Entries, auditOut), Next: page.Next}}, nil
	})
}

func auditOut(e access.AuditEntry) auditEntry {
	return auditEntry{
		ID: e.ID, At: e.At, User: string(e.User), UserName: e.UserName, Via: e.Via, Address: e.Address, Token: e.Token, Action: e.Action, Subject: e.Subject,
		Employee: string(e.Person), Name: e.PersonName, Number: e.PersonNumber,
	}
}

// Exports writes lists as files.
type Exports interface {
	// Needs tells what somebody must be allowed to do, and a token be for, to take a
	// list away; ok is false where there is no such list.
	Needs(list string) (p access.Permission, scope access.Scope, ok bool)
	// Export writes it. An error in what is asked for comes before the first byte.
	Export(ctx context.Context, actor access.Actor, e access.Export) error
}

type exportQuery struct {
	List     string `path:"list" doc:"employees, invitations, batch, blocks, devices, sites, users, punches, quarantine or audit." example:"invitations"`
	Format   string `query:"format" enum:"csv,xlsx" default:"csv"`
	Language string `query:"language" doc:"Of titles, dates and separators: en, de or ru. Left out: your own." enum:"en,de,ru"`
	Zone     string `query:"zone" doc:"IANA name of the time zone of the times in it. Left out: UTC." example:"Europe/Berlin"`
	Filter   string `query:"filter" doc:"As the address of the console's page has it, escaped: what narrows the list." example:"status=invited&site=..."`
}

func (a *api) exports() {
	register(a, huma.Operation{
		OperationID: "export-list", Method: http.MethodGet, Path: "/api/v1/exports/{list}", Tags: []string{"Exports"},
		Summary:     "Take a list away as a file",
		Description: "All of it, however long. The token must be for the list: invitations:read for invitations, audit:read for the audit log, and so on.",
		Errors:      []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}},
	}, func(ctx context.Context, actor access.Actor, in *exportQuery) (*huma.StreamResponse, error) {
		e, err := a.export(actor, userOf(ctx), in)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) { a.sendFile(hc, actor, e) }}, nil
	})
}

func (a *api) export(actor access.Actor, u access.User, in *exportQuery) (access.Export, error) {
	e := access.Export{List: in.List, Format: in.Format, Language: in.Language, Zone: time.UTC}
	if a.Exports == nil {
		return e, problem(http.StatusServiceUnavailable, "Lists can't be taken away here.")
	}
	p, scope, ok := a.Exports.Needs(in.List)
	if !ok {
		return e, access.ErrNotFound
	}
	if !actor.HasScope(scope) {
		missing := named(http.StatusForbidden, "scope-missing", "The token is not for this.")
		missing.Scope = string(scope)
		return e, missing
	}
	if err := actor.Require(p); err != nil {
		return e, err
	}
	var err error
	if e.Filter, err = url.ParseQuery(in.Filter); err != nil {
		return e, access.Invalid{Field: "filter", Problem: access.Malformed}
	}
	if in.Zone != "" {
		if e.Zone, err = time.LoadLocation(in.Zone); err != nil || in.Zone == "Local" {
			return e, access.Invalid{Field: "zone", Problem: access.UnknownZone}
		}
	}
	if e.Language == "" {
		e.Language = u.Language
	}
	return e, nil
}

// sendFile sends a file while it is made. What goes wrong at its beginning is
// refused as usual; later the connection is cut, so that nobody takes a part for
// the whole.
func (a *api) sendFile(hc huma.Context, actor access.Actor, e access.Export) {
	begun := false
	e.Begin = func(kind, name string) access.Sink {
		begun = true
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		hc.SetStatus(http.StatusOK)
		return hc.BodyWriter()
	}
	switch err := a.Exports.Export(hc.Context(), actor, e); {
	case err == nil:
	case begun:
		a.Logger.WarnContext(hc.Context(), "an export broke off", "list", e.List, "err", err)
		panic(http.ErrAbortHandler)
	default:
		a.refuseError(hc, err)
	}
}
