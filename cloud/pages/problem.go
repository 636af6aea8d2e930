package pages

import (
	"errors"
	"net/http"

	"muster/access"
)

// What a request is refused for before anybody looks at what it wants.
var (
	ErrCrossOrigin = errors.New("the form was sent from another site")
	ErrBadForm     = errors.New("the form can't be read")
)

// Problem is what an error page says: the status, and by the key its words.
type Problem struct {
	Status int
	Key    string
}

// ProblemOf returns what is said of an error. What isn't known is this server's own
// fault.
func ProblemOf(err error) Problem {
	var invalid access.Invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, access.ErrNotFound):
		return Problem{http.StatusNotFound, "missing"}
	case errors.Is(err, ErrCrossOrigin):
		return Problem{http.StatusForbidden, "origin"}
	case errors.Is(err, access.ErrForbidden):
		return Problem{http.StatusForbidden, "forbidden"}
	case errors.Is(err, access.ErrTooMany):
		return Problem{http.StatusTooManyRequests, "too-many"}
	case errors.Is(err, access.ErrUnavailable):
		return Problem{http.StatusServiceUnavailable, "unavailable"}
	case errors.As(err, &tooLarge):
		return Problem{http.StatusRequestEntityTooLarge, "too-large"}
	case errors.As(err, &invalid), errors.Is(err, ErrBadForm):
		return Problem{http.StatusBadRequest, "invalid"}
	default:
		return Problem{http.StatusInternalServerError, "internal"}
	}
}
