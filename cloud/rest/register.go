package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/cloud/guard"
	"muster/cloud/words"
)

// maxBody bounds the bodies of requests that are not pictures, in bytes.
const maxBody = 64 << 10

// body is a response with a body.
type body[T any] struct{ Body T }

// none is a response without one.
type none struct{}

// list is one page of something.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Cursor for the page after. Missing on the last page."`
	Total *int   `json:"total,omitempty" doc:"How many there are over all pages, where that is known."`
}

// register adds an operation that needs a signed-in user.
func register[I, O any](a *api, o huma.Operation, f func(context.Context, access.Actor, *I) (*O, error)) {
	o.Security = secure(o.OperationID)
	o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	if changes(o.Method) {
		o.Parameters = append(o.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Description: "Names the request: sent again within 24 hours, it does nothing again and gets the same answer.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)},
		})
		o.Errors = append(o.Errors, http.StatusConflict)
	}
	add(a, o, func(ctx context.Context, in *I) (*O, error) { return f(ctx, actorOf(ctx), in) })
}

// add adds an operation to the API.
func add[I, O any](a *api, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = maxBody
	}
	if o.Method != http.MethodGet {
		o.Errors = append(o.Errors, http.StatusUnprocessableEntity)
	}
	slices.Sort(o.Errors)
	o.Errors = slices.Compact(append(o.Errors, http.StatusInternalServerError))
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, fail(ctx, a.Logger, o.OperationID, err)
		}
		return out, nil
	})
}

// convert returns a page's items in the form that the API has for them.
func convert[A, B any](from []A, f func(A) B) []B {
	to := make([]B, len(from))
	for i, v := range from {
		to[i] = f(v)
	}
	return to
}

// found reads an id out of a path. What is no id names nothing.
func found[T ~string](s string) (T, error) {
	id, err := attendance.ParseID[T](s)
	if err != nil {
		return "", access.ErrNotFound
	}
	return id, nil
}

// given reads an id out of a body.
func given[T ~string](field, s string) (T, error) {
	if s == "" {
		return "", access.Invalid{Field: field, Problem: access.Required}
	}
	id, err := attendance.ParseID[T](s)
	if err != nil {
		return "", access.Invalid{Field: field, Problem: access.Unknown}
	}
	return id, nil
}

// guard is around everything: headers that every answer has, and a net under
// the handlers.
func (a *api) guard(h http.Handler) http.Handler {
	return guard.Program(h, a.Logger, func(w http.ResponseWriter, r *http.Request) {
		write(w, r, problem(http.StatusInternalServerError, "It is not your fault. The log says more."))
	})
}

// unknown answers for paths that no operation has, and for methods that an
// operation's path hasn't.
func (a *api) unknown(mux *http.ServeMux) http.Handler {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			other := r.Clone(r.Context())
			other.Method = m
			if _, pattern := mux.Handler(other); pattern != "/api/" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			write(w, r, problem(http.StatusNotFound, "There is no such path."))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		write(w, r, problem(http.StatusMethodNotAllowed, "This path has the methods "+strings.Join(allowed, ", ")+"."))
	})
}

// write answers with a problem where the library isn't in between.
func write(w http.ResponseWriter, r *http.Request, p *Problem) {
	tongue := words.Asked(r.Header.Get("Accept-Language"))
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Content-Language", tongue)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p.in(tongue)) //nolint:errcheck // whoever asked is gone
}
