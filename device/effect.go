package device

import "muster/attendance"

// Effect is what a journal row changes on the tablet itself. Row and effect are
// committed together or not at all; the zero Effect changes nothing.
type Effect struct {
	Punch   *attendance.Punch // remembered for directions and hours
	Command string            // the id of a command that is dealt with and must never be carried out again
	Outcome string            // how the command ended, as its row tells
	Lock    *Lock             // the lock's new state
	Answer  *Answer           // remembered until the cloud has dealt with it; ID and At are the row's
	Order   *Order            // remembered for as long as Answer is; ID and At are the row's
}

// Lock is whether an admin has closed the tablet.
type Lock struct {
	Locked  bool
	Message string // shown large; may be empty
	Command string // the id of the command that last set it
}
