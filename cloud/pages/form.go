package pages

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// FormLimit is as many bytes as an ordinary form has at the most.
const FormLimit = 64 << 10

// Form is what somebody typed, and what is wrong with it. It is shown again with
// everything in place.
type Form struct {
	Values   url.Values
	problems map[string]string // field -> problem, as the key of a message
	meant    map[string]string // field -> what was probably meant
	holders  map[string]Holder // field -> who has it
	said     map[string]string // field -> what is wrong, where it takes a sentence of its own
}

// Holder is somebody who has what somebody else was to have.
type Holder struct{ ID, Name string }

// NewForm returns a form in which nothing has been typed.
func NewForm() *Form {
	return &Form{Values: url.Values{}, problems: map[string]string{}, meant: map[string]string{}, holders: map[string]Holder{}, said: map[string]string{}}
}

// ReadForm reads a posted form of at most so many bytes.
func ReadForm(w http.ResponseWriter, r *http.Request, limit int64) (*Form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, ErrBadForm
	}
	f := NewForm()
	f.Values = r.PostForm
	return f, nil
}

// Get returns a field without the spaces around it.
func (f *Form) Get(field string) string { return strings.TrimSpace(f.Values.Get(field)) }

// Raw returns a field exactly as it came, for passwords.
func (f *Form) Raw(field string) string { return f.Values.Get(field) }

// All returns every value of a field.
func (f *Form) All(field string) []string { return f.Values[field] }

// Has tells whether a field has a value among its several.
func (f *Form) Has(field, value string) bool { return slices.Contains(f.Values[field], value) }

// Set puts a value in, for a form that starts out filled.
func (f *Form) Set(field string, values ...string) { f.Values[field] = values }

// Problem returns what is wrong with a field, as the key of a message, or "".
func (f *Form) Problem(field string) string { return f.problems[field] }

// Meant returns what somebody probably meant by what is wrong in a field, or "".
func (f *Form) Meant(field string) string { return f.meant[field] }

// Said returns what is wrong with a field where that is a sentence of its own, or "".
func (f *Form) Said(field string) string { return f.said[field] }

// Holder returns who has what was typed into a field; nil: nobody may know, or
// nobody has.
func (f *Form) Holder(field string) *Holder {
	if h, ok := f.holders[field]; ok {
		return &h
	}
	return nil
}

// Bad tells whether anything is wrong.
func (f *Form) Bad() bool { return len(f.problems) > 0 }

// First tells whether a field is the first that is wrong, in the order in which
// the page names its fields; the page puts the cursor there.
func (f *Form) First(field string, order ...string) bool {
	for _, o := range order {
		if f.problems[o] != "" {
			return o == field
		}
	}
	return false
}

// Form is the form alone, for a template that has it inside something else.
func (f *Form) Form() *Form { return f }

// Reject notes what is wrong with a field; what was noted first stays.
func (f *Form) Reject(field, problem string) {
	if f.problems[field] == "" {
		f.problems[field] = problem
	}
}

// Adopt notes what is wrong with the fields of another form.
func (f *Form) Adopt(other *Form) { maps.Copy(f.problems, other.problems) }

// Say notes what is wrong with a field in a sentence that has more in it than a key
// can say.
func (f *Form) Say(field, sentence string) {
	f.said[field] = sentence
	f.Reject(field, "other")
}

// Require notes every field that was left empty.
func (f *Form) Require(fields ...string) {
	for _, field := range fields {
		if f.Get(field) == "" {
			f.Reject(field, access.Required)
		}
	}
}

// Refuse notes why an address or a number is no good, and what was probably meant;
// nil: it is good.
func (f *Form) Refuse(field string, why *invite.Refusal) {
	if why != nil {
		f.Reject(field, string(why.Reason))
		f.meant[field] = why.Suggestion
	}
}

// Take notes what a store said about fields, which have the same names in every
// form; it returns nil when that was all there was to the error.
func (f *Form) Take(err error) error {
	found := false
	eachInvalid(err, func(i access.Invalid) {
		found = true
		f.Reject(i.Field, i.Problem)
		if i.Holder != "" {
			f.holders[i.Field] = Holder{string(i.Holder), i.HolderName}
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

// DayIn reads a field that holds a day and returns its first instant in a zone;
// zero when it is empty or, with a note of it, no day.
func (f *Form) DayIn(field string, zone *time.Location) time.Time {
	text := f.Get(field)
	if text == "" {
		return time.Time{}
	}
	noon, err := time.ParseInLocation("2006-01-02 15", text+" 12", zone)
	if err != nil {
		f.Reject(field, access.Malformed)
		return time.Time{}
	}
	return attendance.StartOfDay(noon, zone)
}
