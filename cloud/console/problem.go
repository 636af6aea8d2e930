package console

import (
	"context"
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
)

var (
	errTooLarge   = errors.New("the request is too large")
	errSlowServer = errors.New("a server of others doesn't answer")
)

// problem is an error page.
type problem struct {
	pages.Problem
	Desk bool // of a page of operators
}

func problemOf(err error) pages.Problem {
	switch {
	case errors.Is(err, access.ErrExpired):
		return pages.Problem{Status: http.StatusGone, Key: "expired"}
	case errors.Is(err, access.ErrConflict):
		return pages.Problem{Status: http.StatusConflict, Key: "conflict"}
	case errors.Is(err, errSlowServer):
		return pages.Problem{Status: http.StatusServiceUnavailable, Key: "unavailable"}
	case errors.Is(err, errTooLarge):
		return pages.Problem{Status: http.StatusRequestEntityTooLarge, Key: "too-large"}
	default:
		return pages.ProblemOf(err)
	}
}

// nothing is the page that isn't there. Somebody who is signed in stays within
// the frame of the console.
func (v *visit) nothing() error {
	u, ok, err := v.signedIn(v.r.Context())
	if err != nil {
		return err
	}
	if ok {
		v.become(u)
	}
	return access.ErrNotFound
}

// fail answers with an error page in words. Only what is this server's own
// fault is logged.
func (v *visit) fail(err error) {
	p := problem{problemOf(err), v.atDesk}
	if p.Status >= http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && v.r.Context().Err() != nil {
			return // nobody is there to read it
		}
		v.log.Error("console", "method", v.r.Method, "path", v.r.URL.Path, "error", err)
	}
	layout := "door"
	switch {
	case v.op.ID != "":
		layout = "operator"
	case v.user.ID != "":
		layout = "app"
	}
	if err := v.show(p.Status, layout, "problem", "", p); err != nil {
		v.log.Error("console: error page", "error", err)
		http.Error(v.w, http.StatusText(p.Status), p.Status)
	}
}
