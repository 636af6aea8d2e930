package rest

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/invite"
)

func (a *api) domainCodes() {
	tags := []string{"Membership"}
	register(a, huma.Operation{
		OperationID: "mail-domain-code", Method: http.MethodPost, Path: "/api/v1/membership/domains/{domain}/code", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary:     "Mail a code that shows that a domain is yours to whoever runs it",
		Description: "One a minute for a domain, ten a day for an organisation. The code is good for an hour. Where no mail leaves the cloud and several organisations use it, a code would prove nothing: 422.",
		Errors:      []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Domain string `path:"domain"`
		Body   struct {
			To       string `json:"to" doc:"postmaster, hostmaster, webmaster, administrator or admin, at the domain." example:"postmaster@example.com"`
			Language string `json:"language,omitempty" enum:"en,de,ru" doc:"Of the mail. Left out: English."`
		}
	},
	) (*body[domain], error) {
		if a.Letters == nil {
			return nil, access.ErrUnavailable
		}
		err := a.Letters.SendDomainCode(ctx, actor.Org, in.Body.Language, in.Domain, in.Body.To, func() (string, error) {
			return a.Store.DomainCode(ctx, actor, in.Domain, in.Body.To)
		})
		if err != nil {
			return nil, err
		}
		return a.domain(ctx, actor, in.Domain)
	})
	register(a, huma.Operation{
		OperationID: "enter-domain-code", Method: http.MethodPost, Path: "/api/v1/membership/domains/{domain}/verify", Tags: tags,
		Summary: "Show that a domain is yours by the code that was mailed", Errors: []int{http.StatusNotFound},
		Description: "After five wrong codes, and after an hour, another must be mailed.",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Domain string `path:"domain"`
		Body   struct {
			Code string `json:"code"`
		}
	},
	) (*body[domain], error) {
		if err := a.Store.VerifyDomainByCode(ctx, actor, in.Domain, in.Body.Code); err != nil {
			return nil, err
		}
		return a.domain(ctx, actor, in.Domain)
	})
}

// domain answers with one of the organisation's domains.
func (a *api) domain(ctx context.Context, actor access.Actor, name string) (*body[domain], error) {
	all, err := a.Store.Access(ctx, actor)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all.Domains, func(d invite.Domain) bool { return d.Name == name })
	if i < 0 {
		return nil, access.ErrNotFound
	}
	return &body[domain]{domainOut(all.Domains[i])}, nil
}
