package portal

import (
	"context"
	"errors"
	"net/http"

	"muster/access"
)

var (
	errCrossOrigin = errors.New("the form was sent from another site")
	errBadForm     = errors.New("the form can't be read")
)

// problem is an error page: status, and the keys of what it says.
type problem struct {
	Status int
	Key    string // problem.<key>.title and problem.<key>.text
}

func problemOf(err error) problem {
	var invalid access.Invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, access.ErrNotFound):
		return problem{http.StatusNotFound, "missing"}
	case errors.Is(err, errCrossOrigin):
		return problem{http.StatusForbidden, "origin"}
	case errors.Is(err, access.ErrForbidden):
		return problem{http.StatusForbidden, "forbidden"}
	case errors.Is(err, access.ErrTooMany):
		return problem{http.StatusTooManyRequests, "too-many"}
	case errors.Is(err, access.ErrUnavailable):
		return problem{http.StatusServiceUnavailable, "unavailable"}
	case errors.As(err, &tooLarge):
		return problem{http.StatusRequestEntityTooLarge, "too-large"}
	case errors.As(err, &invalid), errors.Is(err, errBadForm):
		return problem{http.StatusBadRequest, "invalid"}
	default:
		return problem{http.StatusInternalServerError, "internal"}
	}
}

// fail answers with an error page in words. Only what is this server's own fault
// is logged, by the pattern of its address: a path may hold a secret.
func (v *visit) fail(err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && v.r.Context().Err() != nil {
			return // nobody is there to read it
		}
		v.Log.Error("portal", "page", v.r.Pattern, "error", err)
	}
	if err := v.show(p.Status, v.frame(), "problem", p); err != nil {
		v.Log.Error("portal: error page", "error", err)
		http.Error(v.w, http.StatusText(p.Status), p.Status)
	}
}

// frame is the layout for a page that both strangers and members may get.
func (v *visit) frame() string {
	if v.self.Profile != "" && v.own.Steps.Done() {
		return "my"
	}
	return "door"
}

func (v *visit) nothing() error {
	self, own, ok, err := v.signedIn(v.r.Context())
	if err != nil {
		return err
	}
	if ok {
		v.become(self, own)
	}
	return access.ErrNotFound
}
