package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
)

// Accounts turns what a request carries into a user.
type Accounts interface {
	Authenticate(ctx context.Context, email, password string) (access.User, error)
	ByAPIToken(ctx context.Context, secret string) (access.User, error)
}

// The ways to sign in, as the OpenAPI document calls them.
const (
	bearer = "token"
	basic  = "password"
)

type contextKey int

const (
	userKey contextKey = iota
	tokenKey
)

func userOf(ctx context.Context) access.User {
	u, _ := ctx.Value(userKey).(access.User)
	return u
}

func actorOf(ctx context.Context) access.Actor { return userOf(ctx).Actor() }

// authenticate finds out who asks, as the operation wants it. Operations without
// a token are limited by address: they are where secrets can be guessed.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	way := ""
	for _, s := range ctx.Operation().Security {
		for name := range s {
			way = name
		}
	}
	if way != bearer && !a.guests.allow(neighbourhood(ctx.RemoteAddr())) {
		ctx.SetHeader("Retry-After", "3")
		a.refuse(ctx, problem(http.StatusTooManyRequests, "Tried too often; wait before you try again."))
		return
	}
	var u access.User
	var err error
	switch way {
	case "":
		next(ctx)
		return
	case bearer:
		secret, ok := cutScheme(ctx.Header("Authorization"), "Bearer")
		if !ok {
			err = access.ErrForbidden
			break
		}
		u, err = a.Store.ByAPIToken(ctx.Context(), secret)
		ctx = huma.WithValue(ctx, tokenKey, secret)
	case basic:
		r := http.Request{Header: http.Header{"Authorization": {ctx.Header("Authorization")}}}
		email, password, ok := r.BasicAuth()
		if !ok {
			err = access.ErrForbidden
			break
		}
		u, err = a.Store.Authenticate(ctx.Context(), email, password)
	}
	if err != nil {
		a.turnAway(ctx, way, err)
		return
	}
	next(huma.WithValue(ctx, userKey, u))
}

// turnAway answers somebody who could not sign in.
func (a *api) turnAway(ctx huma.Context, way string, err error) {
	if errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrExpired) {
		challenge, detail := `Bearer realm="muster"`, "This needs a bearer token that is in force."
		if way == basic {
			challenge, detail = `Basic realm="muster", charset="UTF-8"`, "Address or password are wrong."
		}
		ctx.SetHeader("WWW-Authenticate", challenge)
		a.refuse(ctx, problem(http.StatusUnauthorized, detail))
		return
	}
	var p *Problem
	if errors.As(fail(ctx.Context(), a.Logger, ctx.Operation().OperationID, err), &p) {
		a.refuse(ctx, p)
	}
}

func (a *api) refuse(ctx huma.Context, p *Problem) {
	if err := huma.WriteErr(a.huma, ctx, p.Status, p.Detail); err != nil {
		a.Logger.DebugContext(ctx.Context(), "answer", "err", err) // whoever asked is gone
	}
}

// cutScheme takes the scheme off an Authorization header; its case doesn't matter
// (RFC 9110, section 11.1).
func cutScheme(header, scheme string) (rest string, ok bool) {
	got, rest, ok := strings.Cut(header, " ")
	return strings.TrimSpace(rest), ok && strings.EqualFold(got, scheme)
}
