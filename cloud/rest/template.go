package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Letters writes messages to somebody made up, and sends them to try a text.
type Letters interface {
	// Standard is the text that goes out where an admin has written none.
	Standard(k invite.TemplateKey) invite.Template
	// Preview writes a message with a text.
	Preview(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (invite.Message, error)
	// SendTest sends it to one address or number. That it can't be delivered is
	// *invite.Undeliverable.
	SendTest(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error
	// SendDomainCode mails the code that draw draws to an address of a domain. That it
	// can't be delivered, or would prove nothing, is *invite.Undeliverable.
	SendDomainCode(ctx context.Context, org attendance.OrgID, language, domain, to string, draw func() (string, error)) error
}

type template struct {
	Event    string `json:"event" enum:"invite,chase"`
	Channel  string `json:"channel" enum:"email,sms"`
	Language string `json:"language" enum:"en,de,ru"`
	Subject  string `json:"subject,omitempty" doc:"Of an email."`
	Body     string `json:"body" doc:"Plain text with variables in braces; {link} must be there."`
	Own      bool   `json:"own" doc:"It was written here. False: the standard text."`
}

type templateText struct {
	Subject string `json:"subject,omitempty" doc:"Of an email; one line."`
	Body    string `json:"body" doc:"Plain text with the variables first_name, last_name, name, number, organisation, link, expires in braces."`
}

type templateTrial struct {
	To   string        `json:"to,omitempty" doc:"An address, or a number in E.164. Left out: your own address."`
	Text *templateText `json:"text,omitempty" doc:"Left out: the text that is in force."`
}

type preview struct {
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty" doc:"Of an email."`
}

// ByTemplate is a request for one text.
type ByTemplate struct {
	Event    string `path:"event" enum:"invite,chase"`
	Channel  string `path:"channel" enum:"email,sms"`
	Language string `path:"language" enum:"en,de,ru"`
}

func (t ByTemplate) key() invite.TemplateKey {
	return invite.TemplateKey{Event: invite.Event(t.Event), Channel: invite.Channel(t.Channel), Language: t.Language}
}

// templateKeys are all texts that there are.
func templateKeys() []invite.TemplateKey {
	var all []invite.TemplateKey
	for _, e := range []invite.Event{invite.Invite, invite.Chase} {
		for _, c := range []invite.Channel{invite.Email, invite.SMS} {
			for _, l := range attendance.Languages {
				all = append(all, invite.TemplateKey{Event: e, Channel: c, Language: l})
			}
		}
	}
	return all
}

func (a *api) templateOut(all map[invite.TemplateKey]invite.Template, k invite.TemplateKey) template {
	text, own := all[k]
	if !own && a.Letters != nil {
		text = a.Letters.Standard(k)
	}
	return template{Event: string(k.Event), Channel: string(k.Channel), Language: k.Language, Subject: text.Subject, Body: text.Body, Own: own}
}

func (a *api) template(ctx context.Context, actor access.Actor, k invite.TemplateKey) (template, error) {
	all, err := a.Store.Templates(ctx, actor)
	if err != nil {
		return template{}, err
	}
	return a.templateOut(all, k), nil
}

// draft is the text that a preview or a trial is of.
func (a *api) draft(ctx context.Context, actor access.Actor, k invite.TemplateKey, given *templateText) (invite.Template, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return invite.Template{}, err
	}
	if a.Letters == nil {
		return invite.Template{}, problem(http.StatusServiceUnavailable, "Texts can't be tried here.")
	}
	if given == nil {
		t, err := a.template(ctx, actor, k)
		return invite.Template{Subject: t.Subject, Body: t.Body}, err
	}
	t := invite.Template{Subject: given.Subject, Body: given.Body}
	return t, t.Check(k.Channel)
}

func (a *api) templates() {
	tags := []string{"Settings"}
	const path = "/api/v1/templates/{event}/{channel}/{language}"
	register(a, huma.Operation{
		OperationID: "list-templates", Method: http.MethodGet, Path: "/api/v1/templates", Tags: tags, Summary: "List the texts of messages",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[template]], error) {
		all, err := a.Store.Templates(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[template]]{list[template]{Items: convert(templateKeys(), func(k invite.TemplateKey) template { return a.templateOut(all, k) })}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-template", Method: http.MethodGet, Path: path, Tags: tags, Summary: "Show the text of a message", Errors: []int{http.StatusUnprocessableEntity},
	}, func(ctx context.Context, actor access.Actor, in *ByTemplate) (*tagged[template], error) {
		t, err := a.template(ctx, actor, in.key())
		if err != nil {
			return nil, err
		}
		return tag(t), nil
	})
	register(a, huma.Operation{
		OperationID: "set-template", Method: http.MethodPut, Path: path, Tags: tags, Summary: "Write the text of a message", Errors: []int{http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ByTemplate
		IfMatch
		Body templateText
	},
	) (*tagged[template], error) {
		return a.setTemplate(ctx, actor, in.key(), in.IfMatch, &invite.Template{Subject: in.Body.Subject, Body: in.Body.Body})
	})
	register(a, huma.Operation{
		OperationID: "reset-template", Method: http.MethodDelete, Path: path, Tags: tags, Summary: "Go back to the standard text", Errors: []int{http.StatusPreconditionFailed},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ByTemplate
		IfMatch
	},
	) (*tagged[template], error) {
		return a.setTemplate(ctx, actor, in.key(), in.IfMatch, nil)
	})
	register(a, huma.Operation{
		OperationID: "preview-template", Method: http.MethodPost, Path: path + "/preview", Tags: tags, Summary: "See a message as somebody made up would receive it",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ByTemplate
		Body *templateText `required:"false"`
	},
	) (*body[preview], error) {
		text, err := a.draft(ctx, actor, in.key(), in.Body)
		if err != nil {
			return nil, err
		}
		m, err := a.Letters.Preview(ctx, actor.Org, in.key(), text)
		if err != nil {
			return nil, err
		}
		return &body[preview]{preview{Subject: m.Subject, Text: m.Text, HTML: m.HTML}}, nil
	})
	register(a, huma.Operation{
		OperationID: "test-template", Method: http.MethodPost, Path: path + "/test", Tags: tags, Summary: "Send a message to yourself, to see how it arrives",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ByTemplate
		Body *templateTrial `required:"false"`
	},
	) (*none, error) {
		return nil, a.tryTemplate(ctx, actor, in.key(), in.Body)
	})
}

func (a *api) setTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, m IfMatch, text *invite.Template) (*tagged[template], error) {
	err := a.Store.EditTemplate(ctx, actor, k, func(now *invite.Template) (*invite.Template, error) {
		own := map[invite.TemplateKey]invite.Template{}
		if now != nil {
			own[k] = *now
		}
		return text, m.check(a.templateOut(own, k))
	})
	if err != nil {
		return nil, err
	}
	t, err := a.template(ctx, actor, k)
	if err != nil {
		return nil, err
	}
	return tag(t), nil
}

func (a *api) tryTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, in *templateTrial) error {
	if in == nil {
		in = &templateTrial{}
	}
	text, err := a.draft(ctx, actor, k, in.Text)
	if err != nil {
		return err
	}
	to := contact{Email: in.To}
	if k.Channel == invite.SMS {
		to = contact{Phone: in.To}
	} else if in.To == "" {
		to.Email = userOf(ctx).Email
	}
	c, err := a.contact(ctx, actor, to)
	var p *Problem
	if errors.As(err, &p) && len(p.Errors) > 0 {
		p.Errors[0].Field = "to"
	}
	if err != nil {
		return err
	}
	address := c.Email + c.Phone
	if address == "" {
		return access.Invalid{Field: "to", Problem: access.Required}
	}
	if err := a.Letters.SendTest(ctx, actor.Org, address, k, text); err != nil {
		return err
	}
	return a.Store.Record(ctx, actor, "test-template", string(k.Event)+" "+string(k.Channel)+" "+k.Language)
}
