package invite

import (
	"fmt"
	"time"
)

// Undeliverable is the error of a provider that could not send.
type Undeliverable struct {
	Reason Reason
	Detail string // the provider's own words, at most 500 bytes
	// Permanent tells that trying again later can't help.
	Permanent bool
	// After is how long the provider asks to be left alone; 0: as one likes.
	After time.Duration
	// Everybody tells that the fault is the provider's or the account's, not this
	// person's: no other message would go out either.
	Everybody bool
	// Unknown tells that nobody knows whether the message went out: the connection
	// broke, or whoever sent it ended, before the answer came.
	Unknown bool
	Err     error // beneath; may be nil
}

// Error is for logs; a screen has a sentence for each reason.
func (u *Undeliverable) Error() string {
	if u.Detail == "" {
		return fmt.Sprintf("not delivered: %s", u.Reason)
	}
	return fmt.Sprintf("not delivered: %s: %s", u.Reason, u.Detail)
}

// Unwrap returns what lies beneath.
func (u *Undeliverable) Unwrap() error { return u.Err }
