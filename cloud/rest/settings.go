package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/invite"
)

// Settings is what an organisation decided about inviting.
type Settings interface {
	Policy(ctx context.Context, actor access.Actor) (invite.Policy, error)
	EditPolicy(ctx context.Context, actor access.Actor, edit func(*invite.Policy) error) error
	Templates(ctx context.Context, actor access.Actor) (map[invite.TemplateKey]invite.Template, error)
	EditTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, edit func(now *invite.Template) (*invite.Template, error)) error
	Launch(ctx context.Context, actor access.Actor) (invite.Launch, error)
	BlockPage(ctx context.Context, actor access.Actor, after string, limit int) ([]invite.Blockage, string, error)
	LiftBlock(ctx context.Context, actor access.Actor, address string) error
}

type policy struct {
	EmailOnly         bool       `json:"email_only" doc:"Nobody gets an SMS, even where there is no address."`
	SMS               bool       `json:"sms" doc:"SMS go out. False where the cloud has no provider."`
	Region            string     `json:"region" doc:"The country whose code is suggested for numbers without one." example:"DE"`
	InviteSingles     bool       `json:"invite_singles" doc:"Who is created by hand is invited at once."`
	InviteProvisioned bool       `json:"invite_provisioned" doc:"Whom an integration creates is invited at once. Setting it ticks the box of each token that can create people."`
	Details           bool       `json:"details" doc:"Personal data are asked for before an account is active."`
	Photo             bool       `json:"photo" doc:"A photo is asked for before an account is active."`
	FaceID            bool       `json:"face_id" doc:"People may be asked for a face reference. False where the cloud has no keys for it. Switching it off destroys every picture."`
	LinkHours         int        `json:"link_hours" doc:"How long a link is good: 1 to 2160 hours."`
	CodeHours         int        `json:"code_hours" doc:"How long a code that is given by hand is good."`
	Launched          *time.Time `json:"launched,omitempty" doc:"When everybody was first invited."`
}

type policyPatch struct {
	EmailOnly         *bool   `json:"email_only,omitempty"`
	SMS               *bool   `json:"sms,omitempty"`
	Region            *string `json:"region,omitempty"`
	InviteSingles     *bool   `json:"invite_singles,omitempty"`
	InviteProvisioned *bool   `json:"invite_provisioned,omitempty"`
	Details           *bool   `json:"details,omitempty"`
	Photo             *bool   `json:"photo,omitempty"`
	FaceID            *bool   `json:"face_id,omitempty"`
	LinkHours         *int    `json:"link_hours,omitempty" minimum:"1" maximum:"2160"`
	CodeHours         *int    `json:"code_hours,omitempty" minimum:"1" maximum:"2160"`
}

func policyOut(p invite.Policy) policy {
	return policy{
		EmailOnly: p.EmailOnly, SMS: p.SMS, Region: p.Region, InviteSingles: p.InviteSingles, InviteProvisioned: p.InviteProvisioned,
		Details: p.Details, Photo: p.Photo, FaceID: p.FaceID, LinkHours: int(p.Life / time.Hour), CodeHours: int(p.HandoutLife / time.Hour), Launched: some(p.Launched),
	}
}

func (a *api) policy() {
	tags := []string{"Settings"}
	register(a, huma.Operation{
		OperationID: "get-policy", Method: http.MethodGet, Path: "/api/v1/policy", Tags: tags, Summary: "Show what was decided about inviting",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*tagged[policy], error) {
		p, err := a.Store.Policy(ctx, actor)
		if err != nil {
			return nil, err
		}
		return tag(policyOut(p)), nil
	})
	register(a, huma.Operation{
		OperationID: "change-policy", Method: http.MethodPatch, Path: "/api/v1/policy", Tags: tags, Summary: "Decide about inviting",
		Errors: []int{http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		IfMatch
		Body policyPatch
	},
	) (*tagged[policy], error) {
		b := in.Body
		err := a.Store.EditPolicy(ctx, actor, func(p *invite.Policy) error {
			if err := in.check(policyOut(*p)); err != nil {
				return err
			}
			patch(&p.EmailOnly, b.EmailOnly)
			patch(&p.SMS, b.SMS)
			patch(&p.Region, b.Region)
			patch(&p.InviteSingles, b.InviteSingles)
			patch(&p.InviteProvisioned, b.InviteProvisioned)
			patch(&p.Details, b.Details)
			patch(&p.Photo, b.Photo)
			patch(&p.FaceID, b.FaceID)
			for life, hours := range map[*time.Duration]*int{&p.Life: b.LinkHours, &p.HandoutLife: b.CodeHours} {
				if hours != nil {
					*life = time.Duration(*hours) * time.Hour
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		p, err := a.Store.Policy(ctx, actor)
		if err != nil {
			return nil, err
		}
		return tag(policyOut(p)), nil
	})
}

func (a *api) blocks() {
	tags := []string{"Invitations"}
	register(a, huma.Operation{
		OperationID: "list-blocks", Method: http.MethodGet, Path: "/api/v1/blocks", Tags: tags, Errors: []int{http.StatusUnprocessableEntity},
		Summary: "List the addresses that are left alone after a failure, newest first",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		After string `query:"after" doc:"The cursor of the page before."`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	},
	) (*body[list[blocked]], error) {
		all, next, err := a.Store.BlockPage(ctx, actor, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		return &body[list[blocked]]{list[blocked]{Items: convert(all, blockedOut), Next: next}}, nil
	})
	register(a, huma.Operation{
		OperationID: "lift-block", Method: http.MethodPost, Path: "/api/v1/blocks/lift", Tags: tags, Errors: []int{http.StatusNotFound},
		Summary: "Let messages go to an address again", Description: "What the block held back is sent from now on.",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Body struct {
			Address string `json:"address" maxLength:"254"`
		}
	},
	) (*none, error) {
		return nil, a.Store.LiftBlock(ctx, actor, in.Body.Address)
	})
}

type launchCheck struct {
	People    int             `json:"people" doc:"Who have no active account and are not deactivated."`
	NoContact int             `json:"no_contact" doc:"Of these: neither an address nor a number. They get a code by hand."`
	SMSOnly   int             `json:"sms_only" doc:"Of these: a number only."`
	Blocked   int             `json:"blocked" doc:"Of these: the address is left alone."`
	NoCard    int             `json:"no_card" doc:"Of everybody: no card that is good now or will be."`
	Languages []string        `json:"languages"`
	Written   []string        `json:"templates_written" doc:"The texts that were written here, as event.channel.language; for others the standard ones go out."`
	Sites     []launchSiteOut `json:"sites"`
	Launched  *time.Time      `json:"launched,omitempty" doc:"When everybody was first invited. Missing: not yet."`
	Sends     sends           `json:"sends" doc:"What inviting everybody now would send."`
	Refused   map[string]int  `json:"refused" doc:"To how many nothing would go, by the reason."`
}

type launchSiteOut struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	People  int        `json:"people"`
	Tablets int        `json:"tablets"`
	Seen    *time.Time `json:"seen,omitempty" doc:"When one of its tablets was last heard of."`
}

// everybody is the order that the launch gives.
var everybody = invite.Order{Event: invite.Invite, To: invite.Selection{All: true}}

func (a *api) launch() {
	tags := []string{"Settings"}
	register(a, huma.Operation{
		OperationID: "get-launch", Method: http.MethodGet, Path: "/api/v1/launch", Tags: tags, Summary: "Check everything before everybody is invited",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[launchCheck], error) {
		l, err := a.Store.Launch(ctx, actor)
		if err != nil {
			return nil, err
		}
		plan, err := a.Store.PlanOrder(ctx, actor, everybody)
		if err != nil {
			return nil, err
		}
		out := launchCheck{
			People: l.People, NoContact: l.NoContact, SMSOnly: l.SMSOnly, Blocked: l.Blocked, NoCard: l.NoCard, Languages: append([]string{}, l.Languages...),
			Written: []string{}, Launched: some(l.Policy.Launched), Sends: sends{plan.Email, plan.SMS}, Refused: byName(plan.Refused),
			Sites: convert(l.Sites, func(s invite.LaunchSite) launchSiteOut {
				return launchSiteOut{ID: string(s.ID), Name: s.Name, People: s.People, Tablets: s.Tablets, Seen: some(s.Seen)}
			}),
		}
		for _, k := range templateKeys() {
			if _, ok := l.Templates[k]; ok {
				out.Written = append(out.Written, string(k.Event)+"."+string(k.Channel)+"."+k.Language)
			}
		}
		return &body[launchCheck]{out}, nil
	})
	register(a, huma.Operation{
		OperationID: "launch", Method: http.MethodPost, Path: "/api/v1/launch", Tags: tags, Summary: "Invite everybody", DefaultStatus: http.StatusCreated,
		Description: "The first time, it also ticks the box of each token that can create people: from then on whom it creates is invited at once. Undo the batch while it waits.",
		Errors:      []int{http.StatusConflict},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Body *struct {
			ConfirmSMS *int `json:"confirm_sms,omitempty" minimum:"0" doc:"How many SMS may go out. Must be what the check says, where that is not 0."`
		} `required:"false"`
	},
	) (*body[batch], error) {
		if err := actor.Require(access.ManageSites); err != nil {
			return nil, err
		}
		o := order{Event: string(invite.Invite), To: orderTarget{All: true}}
		if in.Body != nil {
			o.ConfirmSMS = in.Body.ConfirmSMS
		}
		return a.send(ctx, actor, o)
	})
}
