package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"muster/access"
)

// No form of the portal is larger than this, but for one with a photo.
const (
	formLimit  = 64 << 10
	photoLimit = 12 << 20
)

// form is what somebody typed, and what is wrong with it. It is shown again with
// everything in place.
type form struct {
	values   url.Values
	problems map[string]string // field -> problem key
	meant    map[string]string // field -> what was probably meant
}

func newForm() *form {
	return &form{values: url.Values{}, problems: map[string]string{}, meant: map[string]string{}}
}

// readForm reads a posted form.
func (v *visit) readForm() (*form, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, formLimit)
	if err := v.r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, errBadForm
	}
	f := newForm()
	f.values = v.r.PostForm
	return f, nil
}

// Get returns a field without the spaces around it.
func (f *form) Get(field string) string { return strings.TrimSpace(f.values.Get(field)) }

// Raw returns a field exactly as it came.
func (f *form) Raw(field string) string { return f.values.Get(field) }

// Set puts a value in, for a form that starts out filled.
func (f *form) Set(field string, values ...string) { f.values[field] = values }

// Problem returns what is wrong with a field, as the key of a message, or "".
func (f *form) Problem(field string) string { return f.problems[field] }

// Meant returns what was probably meant instead, or "".
func (f *form) Meant(field string) string { return f.meant[field] }

// Bad tells whether anything is wrong.
func (f *form) Bad() bool { return len(f.problems) > 0 }

func (f *form) reject(field, problem string) {
	if f.problems[field] == "" {
		f.problems[field] = problem
	}
}

// take notes what a store said about fields, which have the same names in every
// form; it returns nil when that was all there was to the error.
func (f *form) take(err error) error {
	var invalid access.Invalid
	if errors.As(err, &invalid) {
		f.reject(invalid.Field, invalid.Problem)
		return nil
	}
	return err
}

// Form is the form alone, for a template that has it inside something else.
func (f *form) Form() *form { return f }
