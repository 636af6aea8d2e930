package console

import (
	"context"
	"errors"
	"net/http"

	"muster/access"
)

var (
	errCrossOrigin = errors.New("the form was sent from another site")
	errTooLarge    = errors.New("the request is too large")
	errSlowServer  = errors.New("a server of others doesn't answer")
	errBadForm     = errors.New("the form can't be read")
)

// problem is an error page: status, and the keys of what it says.
type problem struct {
	Status int
	Key    string // problem.<key>.title and problem.<key>.text
	Desk   bool   // of a page of operators
}

func problemOf(err error) problem {
	var invalid access.Invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, access.ErrNotFound):
		return problem{Status: http.StatusNotFound, Key: "missing"}
	case errors.Is(err, errCrossOrigin):
		return problem{Status: http.StatusForbidden, Key: "origin"}
	case errors.Is(err, access.ErrForbidden):
		return problem{Status: http.StatusForbidden, Key: "forbidden"}
	case errors.Is(err, access.ErrExpired):
		return problem{Status: http.StatusGone, Key: "expired"}
	case errors.Is(err, access.ErrTooMany):
		return problem{Status: http.StatusTooManyRequests, Key: "too-many"}
	case errors.Is(err, access.ErrConflict):
		return problem{Status: http.StatusConflict, Key: "conflict"}
	case errors.Is(err, access.ErrUnavailable), errors.Is(err, errSlowServer):
		return problem{Status: http.StatusServiceUnavailable, Key: "unavailable"}
	case errors.As(err, &tooLarge), errors.Is(err, errTooLarge):
		return problem{Status: http.StatusRequestEntityTooLarge, Key: "too-large"}
	case errors.As(err, &invalid), errors.Is(err, errBadForm):
		return problem{Status: http.StatusBadRequest, Key: "invalid"}
	default:
		return problem{Status: http.StatusInternalServerError, Key: "internal"}
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
	p := problemOf(err)
	p.Desk = v.atDesk
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
