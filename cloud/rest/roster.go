package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// RosterSync takes lists in that another system keeps.
type RosterSync interface {
	SyncRoster(ctx context.Context, actor access.Actor, entries []invite.RosterEntry, how invite.RosterSync) ([]invite.RosterOutcome, error)
	AddAgain(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Admission, error)
}

// How large a list may be, and how long it may take to come.
const (
	maxRosterBody = 64 << 20 // bytes
	rosterTime    = 5 * time.Minute
)

type rosterEntry struct {
	ExternalID string   `json:"external_id" doc:"What the other system calls the person. It must be there and be in the list once."`
	FirstName  string   `json:"first_name,omitempty"`
	LastName   string   `json:"last_name,omitempty" doc:"One of the two names must be given."`
	Language   string   `json:"language,omitempty" doc:"en, de or ru. Left out: the site's."`
	Email      string   `json:"email,omitempty"`
	Phone      string   `json:"phone,omitempty" doc:"With its country code."`
	Sites      []string `json:"sites,omitempty" maxItems:"1000" doc:"Left out: they stay as they are; a new person is known only."`
	Unit       string   `json:"unit,omitempty" doc:"Of the directory. Its site counts then; people of a unit that isn't let in are known only."`
}

type rosterOutcome struct {
	ExternalID string   `json:"external_id"`
	Employee   string   `json:"employee,omitempty" doc:"Missing: there is none."`
	Effect     string   `json:"effect" enum:"created,updated,unchanged,removed,refused"`
	Membership string   `json:"membership,omitempty" enum:"outside,invited,accepted,rejected" doc:"outside: known only, without a seat. invited: limited until accepted."`
	Added      string   `json:"added,omitempty" enum:"new,at-once,invitation,self" doc:"Whether they were made a member at once or asked."`
	Problem    *Problem `json:"problem,omitempty" doc:"Why the entry is refused; the others go on."`
}

type rosterSync struct {
	Counts map[string]int  `json:"counts" doc:"Entries by effect."`
	Items  []rosterOutcome `json:"items" doc:"In the order of the list; whom a whole list removes behind it."`
}

// entryProblem says why one entry of a list is refused.
func entryProblem(o invite.RosterOutcome) *Problem {
	if o.Effect != invite.EntryRefused {
		return nil
	}
	field := o.Field
	if field == "" {
		field = "sites"
	}
	return invalid(field, string(o.Refused))
}

func (a *api) roster() {
	register(a, huma.Operation{
		OperationID: "sync-roster", Method: http.MethodPut, Path: "/api/v1/roster", Tags: []string{"Employees"},
		Summary: "Bring the roster in line with a list that another system keeps",
		Description: "Of up to 100,000 people, known by external_id: the same list twice changes nothing the second time. Each entry stands for itself, and one that " +
			"is refused says why. With whole, people who came by an earlier list and are missing are removed; only an organisation admin's token may, and where more than half would go, 409 until meant says so.",
		Errors: []int{http.StatusConflict, http.StatusRequestEntityTooLarge}, MaxBodyBytes: maxRosterBody, BodyReadTimeout: rosterTime,
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Body struct {
			People []rosterEntry `json:"people" minItems:"1" maxItems:"100000"`
			Whole  bool          `json:"whole,omitempty" doc:"The list is all of it."`
			Meant  bool          `json:"meant,omitempty" doc:"So many may really be missing."`
		}
	},
	) (*body[rosterSync], error) {
		entries := convert(in.Body.People, func(e rosterEntry) invite.RosterEntry {
			return invite.RosterEntry{
				Contact: invite.Contact{Email: e.Email, Phone: e.Phone, ExternalID: e.ExternalID}, FirstName: e.FirstName, LastName: e.LastName,
				Language: e.Language, Sites: siteIDs(e.Sites), Unit: e.Unit,
			}
		})
		outcomes, err := a.Store.SyncRoster(ctx, actor, entries, invite.RosterSync{Whole: in.Body.Whole, Meant: in.Body.Meant})
		if err != nil {
			return nil, err
		}
		out := rosterSync{Counts: map[string]int{}, Items: convert(outcomes, func(o invite.RosterOutcome) rosterOutcome {
			return rosterOutcome{
				ExternalID: o.ExternalID, Employee: string(o.Profile), Effect: string(o.Effect), Membership: string(o.Membership), Added: string(o.Added), Problem: entryProblem(o),
			}
		})}
		for _, o := range out.Items {
			out.Counts[o.Effect]++
		}
		return &body[rosterSync]{out}, nil
	})
	register(a, huma.Operation{
		OperationID: "add-again", Method: http.MethodPost, Path: "/api/v1/employees/{id}/add-again", Tags: []string{"Employees"},
		Summary:     "Add somebody again who said no",
		Description: "They are asked anew, or are a member at once where an organisation admin adds.",
		Errors:      []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[membershipOf], error) {
		id, err := found[attendance.ProfileID](in.ID)
		if err != nil {
			return nil, err
		}
		d, err := a.Store.AddAgain(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		return &body[membershipOf]{membershipOf{string(d.Membership), string(d.Added)}}, nil
	})
}

type membershipOf struct {
	Membership string `json:"membership" enum:"invited,accepted,rejected,outside"`
	Added      string `json:"added,omitempty" enum:"new,at-once,invitation,self" doc:"Missing: as it was."`
}
