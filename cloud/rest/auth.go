package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/cloud/guard"
	"muster/cloud/ratelimit"
	"muster/cloud/words"
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
	repeatKey
	originKey
)

func userOf(ctx context.Context) access.User {
	u, _ := ctx.Value(userKey).(access.User)
	return u
}

func actorOf(ctx context.Context) access.Actor {
	a := userOf(ctx).Actor()
	a.Origin, _ = ctx.Value(originKey).(access.Origin)
	return a
}

// authenticate finds out who asks, as the operation wants it. Operations without
// a token are limited by address: they are where secrets can be guessed.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	way := ""
	for _, s := range ctx.Operation().Security {
		for name := range s {
			way = name
		}
	}
	if way != bearer && !a.allows(ctx, a.guests, access.NetworkOf(ctx.RemoteAddr())) {
		return
	}
	var u access.User
	var err error
	switch way {
	case "":
		next(ctx)
		return
	case bearer:
		secret, ok := guard.Bearer(ctx.Header("Authorization"))
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
		u, err = a.Store.Authenticate(context.WithValue(ctx.Context(), access.NetworkKey{}, access.NetworkOf(ctx.RemoteAddr())), email, password)
	}
	if err != nil {
		a.turnAway(ctx, way, err)
		return
	}
	// Who is known by a token is limited by it, wherever they come from.
	if way == bearer && !a.allows(ctx, a.Pace, u.Token.ID) {
		return
	}
	if !a.scoped(ctx, u.Actor()) {
		return
	}
	ctx = huma.WithValue(ctx, originKey, access.Origin{Via: access.ViaAPI, Address: access.HostOf(ctx.RemoteAddr()), Token: u.Token.Name})
	next(huma.WithValue(ctx, userKey, u))
}

// allows counts a request, and refuses it when there were too many.
func (a *api) allows(ctx huma.Context, l *ratelimit.Limiter, who string) bool {
	wait := l.Wait(who)
	if wait == 0 {
		return true
	}
	ctx.SetHeader("Retry-After", guard.RetryAfter(wait))
	a.refuse(ctx, problem(http.StatusTooManyRequests, "Tried too often; wait before you try again."))
	return false
}

// turnAway answers somebody who could not sign in.
func (a *api) turnAway(ctx huma.Context, way string, err error) {
	if guard.Unknown(err) {
		challenge, detail := guard.Challenge, "This needs a bearer token that is in force."
		if way == basic {
			challenge, detail = `Basic realm="muster", charset="UTF-8"`, "Address or password are wrong."
		}
		ctx.SetHeader("WWW-Authenticate", challenge)
		a.refuse(ctx, problem(http.StatusUnauthorized, detail))
		return
	}
	a.refuseError(ctx, err)
}

// refuseError is refuse for an error of a store.
func (a *api) refuseError(ctx huma.Context, err error) {
	var p *Problem
	if errors.As(fail(ctx.Context(), a.Logger, ctx.Operation().OperationID, err), &p) {
		a.refuse(ctx, p)
	}
}

func (a *api) refuse(ctx huma.Context, p *Problem) {
	tongue := words.Asked(ctx.Header("Accept-Language"))
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetHeader("Content-Language", tongue)
	if p.again > 0 {
		ctx.SetHeader("Retry-After", strconv.Itoa(p.again))
	}
	ctx.SetStatus(p.Status)
	if err := json.NewEncoder(ctx.BodyWriter()).Encode(p.in(tongue)); err != nil {
		a.Logger.DebugContext(ctx.Context(), "answer", "err", err) // whoever asked is gone
	}
}
