package invite

import (
	"time"

	"muster/attendance"
)

// Past is a message that went to a person, or was to, as those see it who run the
// organisation. It holds neither the text nor the link.
type Past struct {
	ID       MessageID
	Batch    BatchID // empty: it was of none
	Event    Event
	Channel  Channel
	Address  string // empty: it was given by hand
	Language string
	Delivery Delivery
	Reason   Reason // why it did not arrive
	Detail   string // the provider's own words
	Attempts int
	// When that was; zero: it wasn't. Ended is when its link or code was good no more,
	// before Expires.
	Created, Sent, Delivered, Opened, Ended, Expires time.Time
}

// Match is somebody who goes by a name that another system has for them.
type Match struct {
	ExternalID string
	Email      string
	Person     attendance.ProfileID
}
