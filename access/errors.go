package access

import (
	"errors"

	"muster/attendance"
)

// The answers that every store gives in the same way. Test with errors.Is.
var (
	// ErrNotFound: there is no such thing, or the actor may not know of it.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the actor's role doesn't allow it.
	ErrForbidden = errors.New("not allowed")
	// ErrConflict: it collides with something that is there already.
	ErrConflict = errors.New("conflicts with something that exists")
	// ErrExpired: a code, token or offer was good once and is no longer.
	ErrExpired = errors.New("expired")
	// ErrTooMany: tried too often; wait.
	ErrTooMany = errors.New("too many attempts")
	// ErrUnavailable: the store can't be reached at the moment; nothing is known
	// of what was asked.
	ErrUnavailable = errors.New("the store can't be reached")
	// ErrMoved: what is asked of belongs to an organisation that was moved to another
	// database. Asking here again doesn't help, asking there may. It goes together with
	// ErrUnavailable.
	ErrMoved = errors.New("moved to another database")
)

// Invalid is bad input in one field, to be shown at that field. Problem is a
// message key that console, API and kiosk each put into words: "required",
// "too-long", "taken", "malformed", "unknown-zone", ...
type Invalid struct {
	Field   string
	Problem string
	// Who has what is taken, where that is a person whom the actor may see; empty:
	// nobody is told.
	Holder     attendance.ProfileID
	HolderName string
}

// Error returns a sentence for logs and tests.
func (e Invalid) Error() string { return e.Field + ": " + e.Problem }
