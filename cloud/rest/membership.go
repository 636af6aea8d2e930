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

// Licensing is licence and ways in.
type Licensing interface {
	Access(ctx context.Context, actor access.Actor) (invite.Access, error)
	SetWay(ctx context.Context, actor access.Actor, w invite.Way, on bool) error
	DrawJoinCode(ctx context.Context, actor access.Actor, w invite.Way, site attendance.SiteID, expires time.Time) (invite.JoinCode, error)
	AddDomain(ctx context.Context, actor access.Actor, name string) (invite.Domain, error)
	DomainCode(ctx context.Context, actor access.Actor, name, to string) (string, error)
	VerifyDomainByCode(ctx context.Context, actor access.Actor, name, code string) error
	RemoveDomain(ctx context.Context, actor access.Actor, name string) error
	SetUnit(ctx context.Context, actor access.Actor, name string, site attendance.SiteID) error
	RemoveUnit(ctx context.Context, actor access.Actor, name string) error
}

type licensed struct {
	Type    string     `json:"type" enum:"trial,team,enterprise,education"`
	Seats   int        `json:"seats" doc:"People who may be members at once; 0: any number."`
	Taken   int        `json:"taken" doc:"By members, and by who is asked."`
	Invited int        `json:"invited" doc:"Of these: asked, and not answered."`
	Expires *time.Time `json:"expires,omitempty" doc:"Missing: never. Then nobody new is let in, and nothing else ends."`
	Ways    []wayIn    `json:"ways"`
	Codes   []joinCode `json:"codes" doc:"For organisation admins."`
	Domains []domain   `json:"domains" doc:"For organisation admins."`
	Units   []unit     `json:"units" doc:"For organisation admins."`
}

type wayIn struct {
	Way string `json:"way" enum:"directory,domain,file,email,roster,assignment,link,key"`
	Fit string `json:"fit" enum:"none,discouraged,allowed,recommended" doc:"How it suits the licence."`
	On  bool   `json:"on" doc:"People come in by it."`
}

type joinCode struct {
	Way     string     `json:"way" enum:"link,key"`
	Code    string     `json:"code"`
	URL     string     `json:"url,omitempty" doc:"Of a link."`
	Site    string     `json:"site,omitempty"`
	Uses    int        `json:"uses"`
	Expires *time.Time `json:"expires,omitempty"`
}

type domain struct {
	Name     string     `json:"name"`
	Host     string     `json:"host" doc:"Where the TXT record stands."`
	Record   string     `json:"record" doc:"The TXT record that shows that the domain is yours. It is checked on the console's page; a code by mail does as well."`
	Verified *time.Time `json:"verified,omitempty"`
	MailedTo string     `json:"mailed_to,omitempty" doc:"Where the latest code went."`
}

type unit struct {
	Name   string `json:"name"`
	Site   string `json:"site"`
	People int    `json:"people"`
}

var fits = map[invite.Fit]string{invite.NotAllowed: "none", invite.Discouraged: "discouraged", invite.Allowed: "allowed", invite.Recommended: "recommended"}

func (a *api) joinCodeOut(c invite.JoinCode) joinCode {
	out := joinCode{Way: string(c.Way), Code: c.Code, Site: string(c.Site), Uses: c.Uses, Expires: some(c.Expires)}
	if c.Way == invite.ByLink {
		out.URL = a.PublicURL + "/my/join/" + c.Code
	}
	return out
}

func domainOut(d invite.Domain) domain {
	return domain{Name: d.Name, Host: invite.DomainRecord + d.Name, Record: d.Record, Verified: some(d.Verified), MailedTo: d.MailedTo}
}

func (a *api) licensed(ctx context.Context, actor access.Actor) (*body[licensed], error) {
	l, err := a.Store.Access(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := licensed{
		Type: string(l.Licence.Type), Seats: l.Licence.Seats, Taken: l.Taken, Invited: l.Limited, Expires: some(l.Licence.Expires),
		Ways:  convert(invite.Ways, func(w invite.Way) wayIn { return wayIn{string(w), fits[l.Licence.Type.Fits(w)], l.Open(w)} }),
		Codes: []joinCode{}, Domains: convert(l.Domains, domainOut),
		Units: convert(l.Units, func(u invite.Unit) unit { return unit{u.Name, string(u.Site), u.People} }),
	}
	for _, w := range []invite.Way{invite.ByLink, invite.ByKey} {
		if c, ok := l.Codes[w]; ok {
			out.Codes = append(out.Codes, a.joinCodeOut(c))
		}
	}
	return &body[licensed]{out}, nil
}

func (a *api) membership() {
	tags := []string{"Membership"}
	register(a, huma.Operation{
		OperationID: "get-membership", Method: http.MethodGet, Path: "/api/v1/membership", Tags: tags, Summary: "Show the licence, its seats and the ways in",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[licensed], error) {
		return a.licensed(ctx, actor)
	})
	register(a, huma.Operation{
		OperationID: "set-way", Method: http.MethodPut, Path: "/api/v1/membership/ways/{way}", Tags: tags, Summary: "Switch a way in on or off",
		Description: "One that the licence doesn't have can't be switched on.",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Way  string `path:"way"`
		Body struct {
			On bool `json:"on"`
		}
	},
	) (*body[licensed], error) {
		if err := a.Store.SetWay(ctx, actor, invite.Way(in.Way), in.Body.On); err != nil {
			return nil, err
		}
		return a.licensed(ctx, actor)
	})
	register(a, huma.Operation{
		OperationID: "draw-join-code", Method: http.MethodPost, Path: "/api/v1/membership/codes/{way}", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Draw a join link or a join key; the one before is good no more",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Way  string `path:"way" doc:"link or key"`
		Body struct {
			Site    string     `json:"site,omitempty" doc:"Of people who come in by it."`
			Expires *time.Time `json:"expires,omitempty" doc:"Left out: never."`
		}
	},
	) (*body[joinCode], error) {
		var expires time.Time
		if in.Body.Expires != nil {
			expires = *in.Body.Expires
		}
		c, err := a.Store.DrawJoinCode(ctx, actor, invite.Way(in.Way), attendance.SiteID(in.Body.Site), expires)
		if err != nil {
			return nil, err
		}
		return &body[joinCode]{a.joinCodeOut(c)}, nil
	})
	a.membershipLists()
	a.domainCodes()
}

func (a *api) membershipLists() {
	tags := []string{"Membership"}
	register(a, huma.Operation{
		OperationID: "add-domain", Method: http.MethodPost, Path: "/api/v1/membership/domains", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Note a domain, to be shown to be yours by its TXT record",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Body struct {
			Domain string `json:"domain" example:"example.com"`
		}
	},
	) (*body[domain], error) {
		d, err := a.Store.AddDomain(ctx, actor, in.Body.Domain)
		if err != nil {
			return nil, err
		}
		return &body[domain]{domainOut(d)}, nil
	})
	register(a, huma.Operation{
		OperationID: "remove-domain", Method: http.MethodDelete, Path: "/api/v1/membership/domains/{domain}", Tags: tags,
		Summary: "Forget a domain; who came in by it stays", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Domain string `path:"domain"`
	},
	) (*none, error) {
		return nil, a.Store.RemoveDomain(ctx, actor, in.Domain)
	})
	register(a, huma.Operation{
		OperationID: "set-unit", Method: http.MethodPut, Path: "/api/v1/membership/units/{unit}", Tags: tags,
		Summary: "Let a group of the directory in, at a site; people of the roster sync from the next one on",
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Unit string `path:"unit"`
		Body struct {
			Site string `json:"site"`
		}
	},
	) (*body[licensed], error) {
		if err := a.Store.SetUnit(ctx, actor, in.Unit, attendance.SiteID(in.Body.Site)); err != nil {
			return nil, err
		}
		return a.licensed(ctx, actor)
	})
	register(a, huma.Operation{
		OperationID: "remove-unit", Method: http.MethodDelete, Path: "/api/v1/membership/units/{unit}", Tags: tags,
		Summary: "Let a group in no longer; people of the roster sync stay until the next one", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		Unit string `path:"unit"`
	},
	) (*none, error) {
		return nil, a.Store.RemoveUnit(ctx, actor, in.Unit)
	})
}
