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

// Users keeps the accounts.
type Users interface {
	Users(ctx context.Context, actor access.Actor) ([]access.User, error)
	AddUser(ctx context.Context, actor access.Actor, u access.User) (access.User, string, error)
	ChangeUser(ctx context.Context, actor access.Actor, u access.User) error
	IssuePasswordLink(ctx context.Context, actor access.Actor, id access.UserID) (secret string, err error)
}

type user struct {
	ID          string     `json:"id"`
	Email       string     `json:"email"`
	Name        string     `json:"name"`
	Role        string     `json:"role" enum:"org-admin,site-manager,viewer"`
	Sites       []string   `json:"sites" doc:"What a site-manager or viewer is confined to."`
	Language    string     `json:"language,omitempty" doc:"en, de or ru. Missing: the browser's."`
	Disabled    bool       `json:"disabled"`
	Number      string     `json:"number,omitempty" doc:"The Muster ID of the person of the roster whose account this is: their card opens the page of invites at tablets. Missing: nobody's."`
	PasswordSet *time.Time `json:"password_set,omitempty" doc:"Missing: none has been chosen yet."`
}

type newUser struct {
	Email    string   `json:"email"`
	Name     string   `json:"name"`
	Role     string   `json:"role" doc:"org-admin, site-manager or viewer."`
	Sites    []string `json:"sites,omitempty" maxItems:"1000" doc:"What a site-manager or viewer is confined to."`
	Language string   `json:"language,omitempty"`
	Number   string   `json:"number,omitempty" doc:"The Muster ID of the person of the roster whose account this is."`
}

type userPatch struct {
	Email    *string   `json:"email,omitempty"`
	Name     *string   `json:"name,omitempty"`
	Role     *string   `json:"role,omitempty"`
	Sites    *[]string `json:"sites,omitempty"`
	Language *string   `json:"language,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
	Number   *string   `json:"number,omitempty" doc:"Empty: nobody's."`
}

type passwordLink struct {
	URL string `json:"password_url" doc:"Where the user chooses a password. Good once, for seven days; hand it out safely."`
}

type invited struct {
	User user   `json:"user"`
	URL  string `json:"password_url" doc:"As from POST /api/v1/users/{id}/password-link."`
}

func userOut(u access.User) user {
	return user{
		ID: string(u.ID), Email: u.Email, Name: u.Name, Role: string(u.Role), Language: u.Language, Disabled: u.Disabled, Number: u.Number,
		Sites:       convert(u.Sites, func(s attendance.SiteID) string { return string(s) }),
		PasswordSet: some(u.PasswordSet),
	}
}

func (a *api) passwordURL(secret string) string {
	return a.PublicURL + "/password?token=" + url.QueryEscape(secret)
}

func (a *api) users() {
	tags := []string{"Users"}
	register(a, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/api/v1/users", Tags: tags, Summary: "List accounts, by address",
	}, func(ctx context.Context, actor access.Actor, _ *struct{}) (*body[list[user]], error) {
		all, err := a.Store.Users(ctx, actor)
		if err != nil {
			return nil, err
		}
		return &body[list[user]]{list[user]{Items: convert(all, userOut)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "add-user", Method: http.MethodPost, Path: "/api/v1/users", Tags: tags, Summary: "Add an account", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, actor access.Actor, in *struct{ Body newUser }) (*body[invited], error) {
		b := in.Body
		u, secret, err := a.Store.AddUser(ctx, actor, access.User{
			Email: b.Email, Name: b.Name, Role: access.Role(b.Role), Sites: siteIDs(b.Sites), Language: b.Language, Number: b.Number,
		})
		if err != nil {
			return nil, err
		}
		return &body[invited]{invited{User: userOut(u), URL: a.passwordURL(secret)}}, nil
	})
	register(a, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/api/v1/users/{id}", Tags: tags, Summary: "Get an account",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[user], error) {
		u, err := a.user(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		return &body[user]{userOut(u)}, nil
	})
	register(a, huma.Operation{
		OperationID: "change-user", Method: http.MethodPatch, Path: "/api/v1/users/{id}", Tags: tags, Summary: "Change an account",
		Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID   string `path:"id"`
		Body userPatch
	},
	) (*body[user], error) {
		u, err := a.user(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		patch(&u.Email, in.Body.Email)
		patch(&u.Name, in.Body.Name)
		patch(&u.Language, in.Body.Language)
		patch(&u.Disabled, in.Body.Disabled)
		patch(&u.Number, in.Body.Number)
		if in.Body.Role != nil {
			u.Role = access.Role(*in.Body.Role)
		}
		if in.Body.Sites != nil {
			u.Sites = siteIDs(*in.Body.Sites)
		}
		if err := a.Store.ChangeUser(ctx, actor, u); err != nil {
			return nil, err
		}
		if u, err = a.user(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		return &body[user]{userOut(u)}, nil
	})
	register(a, huma.Operation{
		OperationID: "issue-password-link", Method: http.MethodPost, Path: "/api/v1/users/{id}/password-link", Tags: tags,
		Summary: "Let somebody choose a new password", DefaultStatus: http.StatusCreated, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[passwordLink], error) {
		secret, err := a.Store.IssuePasswordLink(ctx, actor, access.UserID(in.ID))
		if err != nil {
			return nil, err
		}
		return &body[passwordLink]{passwordLink{URL: a.passwordURL(secret)}}, nil
	})
}

// user returns one of the accounts that the actor may see.
func (a *api) user(ctx context.Context, actor access.Actor, id string) (access.User, error) {
	all, err := a.Store.Users(ctx, actor)
	if err != nil {
		return access.User{}, err
	}
	for _, u := range all {
		if string(u.ID) == id {
			return u, nil
		}
	}
	return access.User{}, access.ErrNotFound
}
