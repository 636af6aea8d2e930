package device

import (
	"time"

	"muster/attendance"
)

// Answer is what somebody said at this tablet to the question whether they join
// the organisation.
type Answer struct {
	ID      string // of the journal's row
	Profile attendance.ProfileID
	Asked   time.Time // names the question, as attendance.Invitation does
	Join    bool
	At      time.Time
}
