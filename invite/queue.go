package invite

import (
	"time"

	"muster/attendance"
)

// Job is a message that a worker has taken on: whom it is for, and how often it
// was tried.
type Job struct {
	ID       MessageID
	Org      attendance.OrgID
	Person   attendance.Profile
	Contact  Contact
	Language string // the person's, else the site's
	Event    Event  // Invite, or Chase
	Attempt  int    // 1 at the first
	// Texts are those of the order, which go before the organisation's; nil: none.
	Texts map[TemplateKey]Template
}

// Handing says that a message is about to be given to a provider. From then on it
// is never sent a second time: if nobody hears how it went, it counts as sent.
type Handing struct {
	ID       MessageID
	Channel  Channel
	Address  string
	Language string
	Token    []byte    // SHA-256 of the link's secret
	Expires  time.Time // of the link
}

// Outcome is how handing a message over went.
type Outcome struct {
	ID      MessageID
	Receipt Receipt
	// Failed is why it did not go out; nil: it did.
	Failed *Undeliverable
	// Again is when to try once more after a failure; zero: never.
	Again time.Time
}
