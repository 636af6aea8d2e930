package device

import "time"

// ClockEstimate is a comparison of the tablet's clock with the cloud's. It holds
// for one boot; Anchor ties it to the clock that nobody can set.
type ClockEstimate struct {
	BootID      string
	Anchor      time.Time     // wall clock when the monotonic clock stood at zero, as last seen
	Offset      time.Duration // cloud time minus device time
	Uncertainty time.Duration // half the width of the estimate when it was made
	Stepped     bool          // somebody set the wall clock since
	At          time.Duration // monotonic clock when this was so
}
