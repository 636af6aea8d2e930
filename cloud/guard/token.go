package guard

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"muster/access"
)

// maxToken is far above what any token is long, in bytes.
const maxToken = 1000

// Challenge is what WWW-Authenticate says where a token is needed.
const Challenge = `Bearer realm="muster"`

// Bearer returns the token of an Authorization header; it isn't ok where there is none
// that could be one. The case of the scheme doesn't matter (RFC 9110, section 11.1).
func Bearer(authorization string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != "" && len(token) <= maxToken
}

// Unknown tells whether an error means that somebody isn't who they would have to be: no
// such token or password, or none that is in force.
func Unknown(err error) bool {
	return errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrExpired)
}

// RetryAfter is the header of that name: whole seconds, none of them too early.
func RetryAfter(wait time.Duration) string { return strconv.Itoa(int(math.Ceil(wait.Seconds()))) }
