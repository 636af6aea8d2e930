package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/invite"
)

// Problem is the body of every refusal (RFC 9457). Code is stable, for programs;
// Title and Detail are in the reader's
// language.
type Problem struct {
	Type   string         `json:"type" doc:"What kind of problem it is, as a stable name: urn:muster:problem: and the code." example:"urn:muster:problem:invalid"`
	Title  string         `json:"title" doc:"What kind of problem it is, in the language of Accept-Language: en, de or ru."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" doc:"What kind of problem it is, for programs." example:"invalid"`
	Detail string         `json:"detail,omitempty" doc:"What is wrong this time, as a sentence in that language."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"The fields that are wrong."`
	Scope  string         `json:"scope,omitempty" doc:"What the token would have to be for."`
	State  *standing      `json:"state,omitempty" doc:"How somebody stands, where that doesn't allow what was asked for."`
	Sends  *sends         `json:"sends,omitempty" doc:"How many messages would go out, where that has to be confirmed."`

	again int // seconds after which to try again; 0: nobody knows
}

// FieldProblem is what is wrong with one field of a request. It never repeats the
// field's value, which may be a password.
type FieldProblem struct {
	Field   string `json:"field" doc:"The field of the body, the query or the path." example:"email"`
	Problem string `json:"problem" doc:"What is wrong with it, for programs." example:"taken"`
	Detail  string `json:"detail" doc:"What is wrong with it, in words."`

	Employee   string `json:"employee,omitempty" doc:"Who has what is taken, where you may see them."`
	Suggestion string `json:"suggestion,omitempty" doc:"What was probably meant." example:"+79051111111"`
}

// Error returns a sentence for logs and tests.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of problem documents.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// The codes of problems by status.
var codes = map[int]string{
	http.StatusBadRequest:            "bad-request",
	http.StatusUnauthorized:          "not-signed-in",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not-found",
	http.StatusMethodNotAllowed:      "method-not-allowed",
	http.StatusNotAcceptable:         "not-acceptable",
	http.StatusRequestTimeout:        "too-slow",
	http.StatusConflict:              "conflict",
	http.StatusGone:                  "expired",
	http.StatusPreconditionFailed:    "changed-meanwhile",
	http.StatusRequestEntityTooLarge: "too-big",
	http.StatusUnsupportedMediaType:  "unsupported-media-type",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusTooManyRequests:       "too-many",
	http.StatusInternalServerError:   "internal",
	http.StatusServiceUnavailable:    "unavailable",
}

func problem(status int, detail string, fields ...FieldProblem) *Problem {
	return &Problem{Type: problemType + codes[status], Title: http.StatusText(status), Status: status, Code: codes[status], Detail: detail, Errors: fields}
}

// problemType begins the stable names of problems.
const problemType = "urn:muster:problem:"

// named is a problem with a code of its own.
func named(status int, code, detail string) *Problem {
	p := problem(status, detail)
	p.Code, p.Type = code, problemType+code
	return p
}

// general are sentences where a problem has none that is known in all languages.
var general = map[int]string{
	http.StatusBadRequest:            "The request can't be understood.",
	http.StatusMethodNotAllowed:      "This path hasn't got this method.",
	http.StatusNotAcceptable:         "There is no answer of this kind.",
	http.StatusRequestTimeout:        "The request took too long to come.",
	http.StatusRequestEntityTooLarge: "The request is too big.",
	http.StatusUnsupportedMediaType:  "Bodies of this kind are not taken.",
	http.StatusUnprocessableEntity:   "Something in the request is wrong.",
}

// The library makes its own problem documents through these variables. They are
// its way of being told otherwise, and it has no other user in this program.
func init() {
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		p := problem(status, detail)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, fieldProblem(d.ErrorDetail()))
			}
		}
		return p
	}
	huma.DefaultArrayNullable = false // lists are empty, never null
}

var missing = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// fieldProblem turns the library's "body.sites[0]: expected string" into ours.
func fieldProblem(d *huma.ErrorDetail) FieldProblem {
	_, field, _ := strings.Cut(d.Location, ".")
	if cut := strings.IndexAny(field, ".["); cut > 0 {
		field = field[:cut]
	}
	if m := missing.FindStringSubmatch(d.Message); m != nil {
		return FieldProblem{Field: m[1], Problem: access.Required, Detail: explain[access.Required]}
	}
	what := access.Malformed
	switch {
	case strings.HasPrefix(d.Message, "required "):
		what = access.Required
	case strings.HasPrefix(d.Message, "expected number"):
		what = access.OutOfRange
	case strings.HasPrefix(d.Message, "expected length <="), strings.HasPrefix(d.Message, "expected array length <="):
		what = access.TooLong
	case strings.HasPrefix(d.Message, "unexpected property"), strings.HasPrefix(d.Message, "unknown query"):
		what = access.Unknown
	}
	return FieldProblem{Field: field, Problem: what, Detail: d.Message}
}

// explain puts the keys of package access into words.
var explain = map[string]string{
	string(invite.NoSeat):      "would take a seat, and the licence has no free one",
	string(invite.LicenceOver): "is new, and the licence has expired",
	string(invite.WayClosed):   "comes by a way that is switched off or not in the licence",
	"public-mail":              "is a domain where anybody can have an address",
	access.Required:            "must be given",
	access.TooShort:            "has too few characters",
	access.TooLong:             "has too many characters",
	access.NotAnExport:         "is no export file of a tablet, or was cut off or changed",
	access.BadSignature:        "is not signed by a key of this tablet",
	access.OtherTablet:         "is of another tablet",
	access.TooBig:              "has too many bytes or pixels",
	access.Malformed:           "is not in the form that this field has",
	access.Unknown:             "names something that is not there or not within reach",
	access.UnknownZone:         "is not the name of a time zone",
	access.Taken:               "is taken",
	access.TakenElsewhere:      "belongs to somebody out of your reach",
	access.OutOfRange:          "is beyond what is allowed",
	access.Guessable:           "is what somebody would try first",
	access.OneCharacter:        "is one character again and again",
	access.RandomNumber:        "is a random number, another at each tap",
	access.Weak:                "would be guessed soon",
	access.HEIC:                "is an HEIC picture, which can't be read",
	access.LastAdmin:           "would leave nobody to manage the organisation",
	access.NotAPhoto:           "is neither a JPEG nor a PNG",

	"unknown-variable": "uses a variable that there isn't",
	"expired":          "is good no more",
	"no-link":          "has no {link}, so that nobody could get in",

	string(invite.BadAddress):    "is no email address",
	string(invite.BadNumber):     "is no phone number",
	string(invite.NoCountryCode): "doesn't begin with a country code",
	string(invite.UnknownDomain): "is at a domain that takes no mail",
}

// refusedContact says what is wrong with an address or a number.
func refusedContact(field string, r *invite.Refusal) *Problem {
	what := string(r.Reason)
	if explain[what] == "" {
		what = access.Malformed
	}
	p := invalid(field, what)
	p.Errors[0].Suggestion = r.Suggestion
	return p
}

// standing is how somebody stands.
type standing struct {
	Account    string `json:"account" enum:"inactive,invited,claiming,active,deactivated"`
	Delivery   string `json:"delivery"`
	Membership string `json:"membership"`
}

func invalid(field, what string) *Problem {
	return problem(http.StatusUnprocessableEntity, field+" "+explain[what], FieldProblem{Field: field, Problem: what, Detail: explain[what]})
}

// fail turns an error of a store into a problem. What is nobody's but our own
// fault is logged, and only its existence told.
func fail(ctx context.Context, log *slog.Logger, operation string, err error) error {
	var in access.Invalid
	var p *Problem
	var bad *invite.BadTemplate
	var refused *invite.Refusal
	var notNow *invite.NotNow
	var locked access.Locked
	var lost *invite.Undeliverable
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &in):
		p := invalid(in.Field, in.Problem)
		p.Errors[0].Employee = string(in.Holder)
		return p
	case errors.Is(err, access.ErrNotFound):
		return problem(http.StatusNotFound, "There is no such thing, or it is out of your reach.")
	case errors.Is(err, access.ErrForbidden):
		return problem(http.StatusForbidden, "Your role doesn't allow it.")
	case errors.Is(err, access.ErrConflict):
		return problem(http.StatusConflict, "It collides with something that is there already.")
	case errors.Is(err, access.ErrExpired):
		return problem(http.StatusGone, "It was good once and is no longer.")
	case errors.As(err, &bad):
		what := bad.Problem
		if explain[what] == "" {
			what = access.Malformed
		}
		return invalid(bad.Field, what)
	case errors.As(err, &refused):
		return refusedContact("", refused)
	case errors.As(err, &notNow):
		p := named(http.StatusConflict, "not-now", "How this person stands doesn't allow it.")
		p.State = &standing{string(notNow.State.Account), string(notNow.State.Delivery), string(notNow.State.Membership)}
		return p
	case errors.As(err, &locked):
		p := problem(http.StatusTooManyRequests, "Tried too often; wait before you try again.")
		p.again = max(1, int(time.Until(locked.Until).Seconds()))
		return p
	case errors.As(err, &lost):
		p := named(http.StatusUnprocessableEntity, "not-delivered", "The message can't be delivered.")
		p.Errors = []FieldProblem{{Field: "to", Problem: string(lost.Reason), Detail: explain[access.Malformed]}}
		return p
	case errors.Is(err, access.ErrTooMany):
		return problem(http.StatusTooManyRequests, "Tried too often; wait before you try again.")
	case errors.Is(err, access.ErrUnavailable):
		log.ErrorContext(ctx, "store away", "operation", operation, "err", err)
		return problem(http.StatusServiceUnavailable, "The database can't be reached at the moment. Try again soon.")
	case ctx.Err() != nil:
		return problem(http.StatusServiceUnavailable, "The request was given up.")
	}
	log.ErrorContext(ctx, "request failed", "operation", operation, "err", err)
	return problem(http.StatusInternalServerError, "It is not your fault. The log says more.")
}
