package console

import (
	"errors"

	"muster/access"
	"muster/cloud/pages"
)

// textsLimit is for a form with every text of a message, percent-encoded.
const textsLimit = 512 << 10

// form is what somebody typed, and what is wrong with it.
type form = pages.Form

func newForm() *form { return pages.NewForm() }

// readForm reads a posted form.
func (v *visit) readForm() (*form, error) { return v.readFormOf(pages.FormLimit) }

// readFormOf reads a posted form of at most so many bytes.
func (v *visit) readFormOf(limit int64) (*form, error) { return pages.ReadForm(v.w, v.r, limit) }

// isInvalid tells whether an error is about one field.
func isInvalid(err error, field string) bool {
	var invalid access.Invalid
	return errors.As(err, &invalid) && invalid.Field == field
}
