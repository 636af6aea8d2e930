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
	"muster/invite"
)

// Invitations shows who is invited and what came of it.
type Invitations interface {
	Invitations(ctx context.Context, actor access.Actor, q invite.Query) (invite.Page, error)
	Invitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Person, error)
	MessagesOf(ctx context.Context, actor access.Actor, id attendance.ProfileID) ([]invite.Past, error)
	Tally(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Tally, error)
	CountInvitations(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Counts, error)
	LookUp(ctx context.Context, actor access.Actor, externalIDs, emails []string) ([]invite.Match, error)
}

type invitation struct {
	Employee   string     `json:"employee" doc:"The employee's id."`
	Number     string     `json:"number" doc:"The Muster ID."`
	FirstName  string     `json:"first_name"`
	LastName   string     `json:"last_name"`
	Language   string     `json:"language,omitempty" doc:"en, de or ru. Missing: the site's."`
	Email      string     `json:"email,omitempty"`
	Phone      string     `json:"phone,omitempty" doc:"E.164." example:"+4915112345678"`
	ExternalID string     `json:"external_id,omitempty"`
	Sites      []string   `json:"sites"`
	Status     string     `json:"status" enum:"not-invited,waiting,invited,error,active,deactivated" doc:"The state in one word, as the console has it."`
	State      standing   `json:"state"`
	Added      string     `json:"added,omitempty" doc:"How the person came to the membership: new (no account before), at-once (an organisation admin added somebody with an account), invitation (asked) or self (by a link, a key or the domain)."`
	Channel    string     `json:"channel,omitempty" doc:"Of the latest message: email, sms or handout. Missing: there was none."`
	Reason     string     `json:"reason,omitempty" doc:"Why the latest message did not arrive."`
	Detail     string     `json:"detail,omitempty" doc:"The provider's own words."`
	Asked      *time.Time `json:"asked,omitempty" doc:"When a message was last asked for."`
	Chased     *time.Time `json:"chased,omitempty"`
	ChaseAfter *time.Time `json:"chase_after,omitempty" doc:"Until then nobody can chase: once in 24 hours, whoever asks."`
	Opened     *time.Time `json:"opened,omitempty" doc:"When a link was first opened. Opening claims nothing."`
	Expires    *time.Time `json:"expires,omitempty"`
	Active     *time.Time `json:"active,omitempty"`
	Blocked    *blocked   `json:"blocked,omitempty" doc:"The address that a message would go to is left alone."`

	Waiting []contactChange `json:"waiting,omitempty" doc:"Addresses and numbers that the employee wrote into their own data and has not confirmed yet. Until then email and phone count. Of one employee only, not in the list."`
}

type contactChange struct {
	Channel string    `json:"channel" enum:"email,sms"`
	Address string    `json:"address"`
	Asked   time.Time `json:"asked"`
}

type blocked struct {
	Address string    `json:"address"`
	Reason  string    `json:"reason"`
	Detail  string    `json:"detail,omitempty" doc:"The provider's own words."`
	Since   time.Time `json:"since"`
}

func (a *api) invitationOut(p invite.Person) invitation {
	out := invitation{
		Employee: string(p.Profile.ID), Number: p.Profile.Number, FirstName: p.Profile.FirstName, LastName: p.Profile.LastName, Language: p.Profile.Language,
		Email: p.Contact.Email, Phone: p.Contact.Phone, ExternalID: p.Contact.ExternalID,
		Sites:  convert(p.Sites, func(s attendance.SiteID) string { return string(s) }),
		Status: string(p.State.Status()), State: standing{string(p.State.Account), string(p.State.Delivery), string(p.State.Membership)},
		Channel: string(p.Channel), Reason: string(p.Reason), Detail: p.Detail, Added: string(p.Added),
		Asked: some(p.Asked), Chased: some(p.Chased), Opened: some(p.Opened), Expires: some(p.Expires), Active: some(p.Active),
	}
	if again := p.Chases.Again(a.Now()); a.Now().Before(again) {
		out.ChaseAfter = &again
	}
	for _, c := range p.Changes {
		out.Waiting = append(out.Waiting, contactChange{string(c.Channel), c.Address, c.Asked})
	}
	if p.Blocked.Address != "" {
		b := blockedOut(p.Blocked)
		out.Blocked = &b
	}
	return out
}

func blockedOut(b invite.Blockage) blocked {
	return blocked{Address: b.Address, Reason: string(b.Reason), Detail: b.Detail, Since: b.Since}
}

// InvitationFilter narrows the list of invitations.
type InvitationFilter struct {
	Status     []string `query:"status" json:"status,omitempty" maxItems:"10" doc:"not-invited, waiting, invited, error, active, deactivated; several with commas." example:"invited"`
	Delivery   string   `query:"delivery" json:"delivery,omitempty" doc:"How far the latest message is: queued, sent, delivered, opened, bounced, failed, expired, ..."`
	Reason     string   `query:"reason" json:"reason,omitempty" doc:"Why the latest message did not arrive." example:"unknown-mailbox"`
	Reachable  string   `query:"reachable" json:"reachable,omitempty" doc:"email, phone (no address but a number) or hand (neither)."`
	Site       string   `query:"site" json:"site,omitempty"`
	Batch      string   `query:"batch" json:"batch,omitempty" doc:"Whose latest message is of this batch."`
	Membership string   `query:"membership" json:"membership,omitempty" doc:"outside (known only), invited, accepted or rejected." example:"rejected"`
	Text       string   `query:"text" json:"text,omitempty" doc:"In a name or the number, whatever case and accents."`
	Email      string   `query:"email" json:"email,omitempty" doc:"Anywhere in the address."`
	Phone      string   `query:"phone" json:"phone,omitempty" doc:"Anywhere in the number."`
	ExternalID string   `query:"external_id" json:"external_id,omitempty" doc:"Anywhere in it."`
}

// UnmarshalJSON refuses fields that there aren't: one with a typing error must not
// mean everybody.
func (f *InvitationFilter) UnmarshalJSON(b []byte) error {
	type plain InvitationFilter
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(f))
}

func (f InvitationFilter) filter() invite.Filter {
	return invite.Filter{
		Status: convert(f.Status, func(s string) invite.Status { return invite.Status(s) }), Delivery: invite.Delivery(f.Delivery), Reason: invite.Reason(f.Reason),
		Reachable: invite.Reachable(f.Reachable), Site: attendance.SiteID(f.Site), Batch: invite.BatchID(f.Batch), Membership: invite.Membership(f.Membership),
		Text: f.Text, Email: f.Email, Phone: f.Phone, ExternalID: f.ExternalID,
	}
}

type invitationQuery struct {
	InvitationFilter
	After string `query:"after" doc:"The cursor of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type invitationCounts struct {
	Total     int            `json:"total" doc:"How many the filter shows, whatever their status."`
	Status    map[string]int `json:"status" doc:"By status; what the filter says of the status is left aside."`
	Reason    map[string]int `json:"reason" doc:"By why the message did not arrive."`
	Reachable map[string]int `json:"reachable"`
	Site      map[string]int `json:"site"`
}

func (a *api) invitations() {
	tags := []string{"Invitations"}
	errs := []int{http.StatusNotFound, http.StatusUnprocessableEntity}
	register(a, huma.Operation{
		OperationID: "list-invitations", Method: http.MethodGet, Path: "/api/v1/invitations", Tags: tags, Errors: errs,
		Summary: "List everybody with how far their invitation is, by last and first name",
	}, func(ctx context.Context, actor access.Actor, in *invitationQuery) (*body[list[invitation]], error) {
		page, err := a.Store.Invitations(ctx, actor, invite.Query{Filter: in.filter(), After: in.After, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		return &body[list[invitation]]{list[invitation]{Items: convert(page.People, a.invitationOut), Next: page.Next}}, nil
	})
	register(a, huma.Operation{
		OperationID: "count-invitations", Method: http.MethodGet, Path: "/api/v1/invitations/counts", Tags: tags, Errors: errs,
		Summary: "Count what each filter would show",
	}, func(ctx context.Context, actor access.Actor, in *struct{ InvitationFilter }) (*body[invitationCounts], error) {
		tally, err := a.Store.Tally(ctx, actor, in.filter())
		if err != nil {
			return nil, err
		}
		c, err := a.Store.CountInvitations(ctx, actor, in.filter())
		if err != nil {
			return nil, err
		}
		return &body[invitationCounts]{invitationCounts{
			Total: tally.Total(), Status: byName(tally), Reason: byName(c.Reasons), Reachable: byName(c.Reachable), Site: byName(c.Sites),
		}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-invitation", Method: http.MethodGet, Path: "/api/v1/invitations/{id}", Tags: tags, Errors: []int{http.StatusNotFound},
		Summary: "Show how far an employee's invitation is",
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[invitation], error) {
		return a.invitation(ctx, actor, in.ID)
	})
	register(a, huma.Operation{
		OperationID: "list-messages", Method: http.MethodGet, Path: "/api/v1/invitations/{id}/messages", Tags: tags, Errors: []int{http.StatusNotFound},
		Summary: "List the latest messages to an employee, newest first",
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[list[message]], error) {
		id, err := found[attendance.ProfileID](in.ID)
		if err != nil {
			return nil, err
		}
		all, err := a.Store.MessagesOf(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		return &body[list[message]]{list[message]{Items: convert(all, messageOut)}}, nil
	})
}

func (a *api) invitation(ctx context.Context, actor access.Actor, id string) (*body[invitation], error) {
	key, err := found[attendance.ProfileID](id)
	if err != nil {
		return nil, err
	}
	p, err := a.Store.Invitation(ctx, actor, key)
	if err != nil {
		return nil, err
	}
	return &body[invitation]{a.invitationOut(p)}, nil
}

type message struct {
	ID        string     `json:"id"`
	Batch     string     `json:"batch,omitempty"`
	Event     string     `json:"event" example:"invite"`
	Channel   string     `json:"channel" enum:"email,sms,handout"`
	Address   string     `json:"address,omitempty" doc:"Missing: it was given by hand."`
	Language  string     `json:"language,omitempty"`
	Delivery  string     `json:"delivery"`
	Reason    string     `json:"reason,omitempty" doc:"Why it did not arrive."`
	Detail    string     `json:"detail,omitempty" doc:"The provider's own words."`
	Attempts  int        `json:"attempts"`
	Created   time.Time  `json:"created"`
	Sent      *time.Time `json:"sent,omitempty"`
	Delivered *time.Time `json:"delivered,omitempty"`
	Opened    *time.Time `json:"opened,omitempty"`
	Ended     *time.Time `json:"ended,omitempty" doc:"When its link or code was good no more, before it expired."`
	Expires   *time.Time `json:"expires,omitempty"`
}

func messageOut(m invite.Past) message {
	return message{
		ID: string(m.ID), Batch: string(m.Batch), Event: string(m.Event), Channel: string(m.Channel), Address: m.Address, Language: m.Language,
		Delivery: string(m.Delivery), Reason: string(m.Reason), Detail: m.Detail, Attempts: m.Attempts, Created: m.Created,
		Sent: some(m.Sent), Delivered: some(m.Delivered), Opened: some(m.Opened), Ended: some(m.Ended), Expires: some(m.Expires),
	}
}

// byName returns counts with plain names.
func byName[K ~string](counts map[K]int) map[string]int {
	all := make(map[string]int, len(counts))
	for k, n := range counts {
		all[string(k)] = n
	}
	return all
}
