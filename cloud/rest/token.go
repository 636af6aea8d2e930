package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
)

// Tokens keeps the credentials of programs.
type Tokens interface {
	IssueAPIToken(ctx context.Context, actor access.Actor, name string, expires time.Time) (secret string, err error)
	IssueToken(ctx context.Context, actor access.Actor, terms access.TokenTerms) (secret string, err error)
	SetTokenInvites(ctx context.Context, actor access.Actor, id string, invites bool) error
	APITokens(ctx context.Context, actor access.Actor) ([]access.APIToken, error)
	RevokeAPIToken(ctx context.Context, actor access.Actor, id string) error
}

// tokenLife is how long a token is good unless somebody says otherwise.
const tokenLife = 365 * 24 * time.Hour

type newToken struct {
	Name    string     `json:"name,omitempty" doc:"What it is for."`
	Expires *time.Time `json:"expires,omitempty" doc:"At most two years from now. Left out: a year."`
	Scopes  []string   `json:"scopes,omitempty" maxItems:"50" doc:"What it is for, such as roster:read, accounts:manage, invitations:read, invitations:send, invitations:hand-out, settings:manage, sites:manage, punches:read, punches:mend, devices:read, devices:manage, users:manage, audit:read. Left out: everything that the user may." example:"accounts:manage"`

	AutoInvite *bool `json:"auto_invite,omitempty" doc:"Whom it creates is invited at once. Left out: as the organisation decided (invite_provisioned)."`
}

type secret struct {
	Token   string    `json:"token" doc:"Shown this once and never kept."`
	Expires time.Time `json:"expires"`
}

type token struct {
	ID       string     `json:"id"`
	User     string     `json:"user"`
	Name     string     `json:"name"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty" doc:"Missing: never."`
	LastUsed *time.Time `json:"last_used,omitempty" doc:"To the minute. Missing: never."`
	Scopes   []string   `json:"scopes" doc:"What it is for. Empty: everything that its user may."`

	AutoInvite bool `json:"auto_invite" doc:"Whom it creates is invited at once."`
}

type tokenPatch struct {
	AutoInvite *bool `json:"auto_invite,omitempty" doc:"Whom it creates is invited at once."`
}

func tokenOut(t access.APIToken) token {
	return token{
		ID: t.ID, User: string(t.User), Name: t.Name, Created: t.Created, Expires: some(t.Expires), LastUsed: some(t.LastUsed),
		Scopes: convert(t.Scopes, func(s access.Scope) string { return string(s) }), AutoInvite: t.AutoInvite,
	}
}

func (a *api) tokens() {
	tags := []string{"Tokens"}
	add(a, huma.Operation{
		OperationID: "issue-token", Method: http.MethodPost, Path: "/api/v1/tokens", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Get a token for an address and a password", Security: []map[string][]string{{basic: {}}},
		Errors: []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct {
		Body *newToken `required:"false"`
	},
	) (*body[secret], error) {
		name, expires := "API", a.Now().Add(tokenLife)
		if in.Body != nil && in.Body.Name != "" {
			name = in.Body.Name
		}
		if in.Body != nil && in.Body.Expires != nil {
			expires = *in.Body.Expires
		}
		if expires.IsZero() { // to the store that means never
			return nil, access.Invalid{Field: "expires", Problem: access.OutOfRange}
		}
		terms := access.TokenTerms{Name: name, Expires: expires}
		if in.Body != nil {
			terms.Scopes = convert(in.Body.Scopes, func(s string) access.Scope { return access.Scope(s) })
			terms.AutoInvite = in.Body.AutoInvite
		}
		s, err := a.Store.IssueToken(ctx, actorOf(ctx), terms)
		if err != nil {
			return nil, err
		}
		return &body[secret]{secret{Token: s, Expires: expires.UTC()}}, nil
	})
	register(a, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/api/v1/tokens", Tags: tags,
		Summary: "List tokens: one's own, an administrator everybody's",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[token]], error) {
		all, err := a.Store.APITokens(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[token]]{list[token]{Items: convert(all, tokenOut)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "change-token", Method: http.MethodPatch, Path: "/api/v1/tokens/{id}", Tags: tags,
		Summary: "Say whether whom a token creates is invited at once", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body tokenPatch
	},
	) (*body[token], error) {
		return a.changeToken(ctx, actor, in.ID, in.Body)
	})
	register(a, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/api/v1/tokens/{id}", Tags: tags,
		Summary: "End a token at once", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID string `path:"id"`
	},
	) (*none, error) {
		return nil, a.Store.RevokeAPIToken(ctx, actor, in.ID)
	})
}

// some returns a time for a field that is left out when it is zero.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *api) changeToken(ctx context.Context, actor access.Actor, id string, in tokenPatch) (*body[token], error) {
	if err := actor.Require(access.ManageUsers); err != nil {
		return nil, err
	}
	if in.AutoInvite != nil {
		if err := a.Store.SetTokenInvites(ctx, actor, id, *in.AutoInvite); err != nil {
			return nil, err
		}
	}
	all, err := a.Store.APITokens(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.ID == id {
			return &body[token]{tokenOut(t)}, nil
		}
	}
	return nil, access.ErrNotFound
}
