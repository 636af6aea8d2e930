package device

import (
	"time"

	"muster/attendance"
)

// MaxOrder is how many people one order is for at most: its row stays far below
// what a message may carry.
const MaxOrder = 500

// Order is what a manager asked for at this tablet: messages to people whose
// activation is still to come.
type Order struct {
	ID     string // of the journal's row
	Event  string // an invite.Event
	People []attendance.ProfileID
	At     time.Time // when it was given, by the best estimate
}
