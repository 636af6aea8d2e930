package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"muster/access"
	"muster/cloud/guard"
	"muster/invite"
)

// The names of messages and of resources' schemas.
const (
	errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"
	listSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// mediaType is SCIM's (RFC 7644, section 8.1).
const mediaType = "application/scim+json"

// kind is the scimType of a refusal (RFC 7644, section 3.12).
type kind string

const (
	invalidFilter kind = "invalidFilter"
	invalidPath   kind = "invalidPath"
	invalidSyntax kind = "invalidSyntax"
	invalidValue  kind = "invalidValue"
	noTarget      kind = "noTarget"
	tooMany       kind = "tooMany"
	uniqueness    kind = "uniqueness"
)

// problem is a refusal. Its words are for whoever reads the directory's log; they
// never repeat a value.
type problem struct {
	status int
	kind   kind
	detail string
	again  time.Duration // when to try again; 0: nobody knows
}

// Error returns the detail.
func (p *problem) Error() string { return p.detail }

func refusal(status int, k kind, detail string) *problem {
	return &problem{status: status, kind: k, detail: detail}
}

func badRequest(k kind, format string, args ...any) *problem {
	return refusal(http.StatusBadRequest, k, fmt.Sprintf(format, args...))
}

// attributes are what fields of the store are called here.
var attributes = map[string]string{
	"user_name": "userName", "external_id": "externalId", "email": "emails", "phone": "phoneNumbers", "first_name": "name.givenName",
	"last_name": "name.familyName", "language": "preferredLanguage", "name": "displayName", "members": "members", "filter": "filter", "count": "count",
}

// explain puts what is wrong with an attribute into words.
var explain = map[string]string{
	access.Required: "must be given", access.TooLong: "has too many characters", access.Malformed: "is not in the form that it has here",
	access.Unknown: "names something that is not there", access.Taken: "is somebody else's already", access.TakenElsewhere: "is somebody else's already", access.OutOfRange: "is beyond what is allowed",
	string(invite.BadAddress): "is no email address", string(invite.BadNumber): "is no phone number",
	string(invite.NoCountryCode): "doesn't begin with a country code", string(invite.UnknownDomain): "is at a domain that takes no mail",
	string(invite.NoSeat):      "would take more seats than the licence has free; nobody was let in",
	string(invite.LicenceOver): "would take a seat, and the licence has expired; nobody was let in",
	string(invite.WayClosed):   "would come in by a directory unit, and that way is switched off or not in the licence; nobody was let in",
}

// invalid is a refusal for what is wrong with one attribute.
func invalid(in access.Invalid) *problem {
	name, what := attributes[in.Field], explain[in.Problem]
	if name == "" {
		name = in.Field
	}
	if what == "" {
		what = explain[access.Malformed]
	}
	detail := name + " " + what + "."
	switch in.Problem {
	case access.Taken, access.TakenElsewhere:
		return refusal(http.StatusConflict, uniqueness, detail)
	case string(invite.NoSeat), string(invite.LicenceOver), string(invite.WayClosed):
		return refusal(http.StatusForbidden, "", detail)
	}
	return badRequest(invalidValue, "%s", detail)
}

// judge turns an error into a refusal. What is nobody's but our own fault is logged,
// and only its existence told.
func (s *server) judge(r *http.Request, err error) *problem {
	var p *problem
	var in access.Invalid
	var notNow *invite.NotNow
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &in):
		return invalid(in)
	case errors.As(err, &large):
		return refusal(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("The request has more than %d bytes.", large.Limit))
	case errors.As(err, &notNow):
		return refusal(http.StatusConflict, "", "How this person stands doesn't allow it.")
	case errors.Is(err, access.ErrNotFound):
		return refusal(http.StatusNotFound, "", "There is no such resource.")
	case errors.Is(err, access.ErrForbidden):
		return refusal(http.StatusForbidden, "", "The token's user may not do this.")
	case errors.Is(err, access.ErrConflict):
		return refusal(http.StatusConflict, "", "It collides with something that is there already.")
	case errors.Is(err, access.ErrUnavailable), r.Context().Err() != nil:
		if r.Context().Err() == nil {
			s.Logger.ErrorContext(r.Context(), "store away", "path", r.URL.Path, "err", err)
		}
		p := refusal(http.StatusServiceUnavailable, "", "The database can't be reached at the moment. Try again soon.")
		p.again = time.Minute
		return p
	}
	s.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "err", err)
	return refusal(http.StatusInternalServerError, "", "It is not your fault. The log says more.")
}

// refuse answers with an error message (RFC 7644, section 3.12).
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.judge(r, err)
	if p.again > 0 {
		w.Header().Set("Retry-After", guard.RetryAfter(p.again))
	}
	write(w, p.status, struct {
		Schemas []string `json:"schemas"`
		Status  string   `json:"status"`
		Kind    kind     `json:"scimType,omitempty"`
		Detail  string   `json:"detail"`
	}{[]string{errorSchema}, strconv.Itoa(p.status), p.kind, p.detail})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) //nolint:errcheck // whoever asked is gone
}
