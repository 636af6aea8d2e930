package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

// No form of the console is larger than the first, but for one with a photo or
// with the texts of messages.
const (
	formLimit  = 64 << 10
	textsLimit = 512 << 10 // every text of a message, percent-encoded
	photoLimit = 12 << 20
)

// form is what somebody typed, and what is wrong with it. It is shown again
// with everything in place.
type form struct {
	values   url.Values
	problems map[string]string // field -> problem key
	meant    map[string]string // field -> what was probably meant
	holders  map[string]holder // field -> who has it
	said     map[string]string // field -> what is wrong, where it takes a sentence of its own
}

// holder is somebody who has what somebody else was to have.
type holder struct{ ID, Name string }

func newForm() *form {
	return &form{values: url.Values{}, problems: map[string]string{}, meant: map[string]string{}, holders: map[string]holder{}}
}

// Holder returns who has what was typed into a field; nil: nobody may know, or
// nobody has.
func (f *form) Holder(field string) *holder {
	if h, ok := f.holders[field]; ok {
		return &h
	}
	return nil
}

// Meant returns what somebody probably meant by what is wrong in a field, or "".
func (f *form) Meant(field string) string { return f.meant[field] }

// readForm reads a posted form.
func (v *visit) readForm() (*form, error) {
	return v.readFormOf(formLimit)
}

// readFormOf reads a posted form of at most so many bytes.
func (v *visit) readFormOf(limit int64) (*form, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
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

// Raw returns a field exactly as it came, for passwords.
func (f *form) Raw(field string) string { return f.values.Get(field) }

// All returns every value of a field.
func (f *form) All(field string) []string { return f.values[field] }

// Has tells whether a field has a value among its several.
func (f *form) Has(field, value string) bool {
	for _, v := range f.values[field] {
		if v == value {
			return true
		}
	}
	return false
}

// Set puts a value in, for a form that starts out filled.
func (f *form) Set(field string, values ...string) { f.values[field] = values }

// Problem returns what is wrong with a field, as the key of a message, or "".
func (f *form) Problem(field string) string { return f.problems[field] }

// Bad tells whether anything is wrong.
func (f *form) Bad() bool { return len(f.problems) > 0 }

// First tells whether a field is the first that is wrong, in the order in which
// the page names its fields; the page puts the cursor there.
func (f *form) First(field string, order ...string) bool {
	for _, o := range order {
		if f.problems[o] != "" {
			return o == field
		}
	}
	return false
}

func (f *form) reject(field, problem string) {
	if f.problems[field] == "" {
		f.problems[field] = problem
	}
}

// say notes what is wrong with a field in a sentence that has more in it than a key
// can say.
func (f *form) say(field, sentence string) {
	if f.said == nil {
		f.said = map[string]string{}
	}
	f.said[field] = sentence
	f.reject(field, "other")
}

// Said returns what is wrong with a field where that is a sentence of its own, or "".
func (f *form) Said(field string) string { return f.said[field] }

// require notes every field that was left empty.
func (f *form) require(fields ...string) {
	for _, field := range fields {
		if f.Get(field) == "" {
			f.reject(field, access.Required)
		}
	}
}

// take notes what a store said about fields, which have the same names in every
// form; it returns nil when that was all there was to the error.
func (f *form) take(err error) error {
	found := false
	eachInvalid(err, func(i access.Invalid) {
		found = true
		f.reject(i.Field, i.Problem)
		if i.Holder != "" {
			f.holders[i.Field] = holder{string(i.Holder), i.HolderName}
		}
	})
	if found {
		return nil
	}
	return err
}

// eachInvalid finds every access.Invalid in a tree of errors.
func eachInvalid(err error, f func(access.Invalid)) {
	switch e := err.(type) {
	case nil:
	case access.Invalid:
		f(e)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			eachInvalid(one, f)
		}
	case interface{ Unwrap() error }:
		eachInvalid(e.Unwrap(), f)
	}
}

// day reads a field that holds a day and returns its first instant in a zone;
// zero when it is empty or, with a note of it, no day.
func (f *form) day(field string, zone *time.Location) time.Time {
	text := f.Get(field)
	if text == "" {
		return time.Time{}
	}
	noon, err := time.ParseInLocation("2006-01-02 15", text+" 12", zone)
	if err != nil {
		f.reject(field, access.Malformed)
		return time.Time{}
	}
	return attendance.StartOfDay(noon, zone)
}

// isInvalid tells whether an error is about one field.
func isInvalid(err error, field string) bool {
	var invalid access.Invalid
	return errors.As(err, &invalid) && invalid.Field == field
}

// Form is the form alone, for a template that has it inside something else.
func (f *form) Form() *form { return f }
