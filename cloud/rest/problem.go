package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
)

// Problem is the body of every refusal (RFC 9457). Code is stable, for programs;
// Title and Detail are English, for whoever reads their logs.
type Problem struct {
	Title  string         `json:"title" doc:"What kind of problem it is."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" doc:"What kind of problem it is, for programs." example:"invalid"`
	Detail string         `json:"detail,omitempty" doc:"What is wrong this time."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"The fields that are wrong."`
}

// FieldProblem is what is wrong with one field of a request. It never repeats the
// field's value, which may be a password.
type FieldProblem struct {
	Field   string `json:"field" doc:"The field of the body, the query or the path." example:"email"`
	Problem string `json:"problem" doc:"What is wrong with it, for programs." example:"taken"`
	Detail  string `json:"detail" doc:"What is wrong with it, in English."`
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
	http.StatusRequestEntityTooLarge: "too-big",
	http.StatusUnsupportedMediaType:  "unsupported-media-type",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusTooManyRequests:       "too-many",
	http.StatusInternalServerError:   "internal",
	http.StatusServiceUnavailable:    "unavailable",
}

func problem(status int, detail string, fields ...FieldProblem) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: codes[status], Detail: detail, Errors: fields}
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
	access.Required:     "must be given",
	access.TooShort:     "has too few characters",
	access.TooLong:      "has too many characters",
	access.NotAnExport:  "is no export file of a tablet, or was cut off or changed",
	access.BadSignature: "is not signed by a key of this tablet",
	access.OtherTablet:  "is of another tablet",
	access.TooBig:       "has too many bytes or pixels",
	access.Malformed:    "is not in the form that this field has",
	access.Unknown:      "names something that is not there or not within reach",
	access.UnknownZone:  "is not the name of a time zone",
	access.Taken:        "is taken",
	access.OutOfRange:   "is beyond what is allowed",
	access.Guessable:    "is what somebody would try first",
	access.OneCharacter: "is one character again and again",
	access.RandomNumber: "is a random number, another at each tap",
	access.Weak:         "would be guessed soon",
	access.HEIC:         "is an HEIC picture, which can't be read",
	access.LastAdmin:    "would leave nobody to manage the organisation",
	access.NotAPhoto:    "is neither a JPEG nor a PNG",
}

func invalid(field, what string) *Problem {
	return problem(http.StatusUnprocessableEntity, field+" "+explain[what], FieldProblem{Field: field, Problem: what, Detail: explain[what]})
}

// fail turns an error of a store into a problem. What is nobody's but our own
// fault is logged, and only its existence told.
func fail(ctx context.Context, log *slog.Logger, operation string, err error) error {
	var in access.Invalid
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &in):
		return invalid(in.Field, in.Problem)
	case errors.Is(err, access.ErrNotFound):
		return problem(http.StatusNotFound, "There is no such thing, or it is out of your reach.")
	case errors.Is(err, access.ErrForbidden):
		return problem(http.StatusForbidden, "Your role doesn't allow it.")
	case errors.Is(err, access.ErrConflict):
		return problem(http.StatusConflict, "It collides with something that is there already.")
	case errors.Is(err, access.ErrExpired):
		return problem(http.StatusGone, "It was good once and is no longer.")
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
