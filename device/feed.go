package device

import (
	"time"

	"muster/attendance"
)

// FeedPosition is how far a site's feed has been read. Versions count within an
// epoch; the cloud begins a new epoch when its history was replaced.
type FeedPosition struct {
	Epoch   string
	Version uint64
}

// RosterChange is one change of what the tablet knows about its site: exactly
// one field is set. Each thing has a key; a later change of the same thing
// replaces the earlier one and touches nothing else.
type RosterChange struct {
	Settings    *Settings
	Profile     *attendance.Profile
	ProfileGone attendance.ProfileID
	Card        *attendance.Card
	CardGone    *attendance.Card // by ID, Profile and From
	Photo       *Photo
	PhotoGone   string
}

// Photo is a person's picture.
type Photo struct {
	ID   string // SHA-256 of JPEG in hexadecimal
	JPEG []byte
}

// RosterUpdate is a page of changes and the position after it, stored together.
type RosterUpdate struct {
	To       FeedPosition
	Begin    bool      // the first page of a snapshot: what no page of it names goes at its end
	Complete bool      // To is the head of the feed
	At       time.Time // when it came, by the best estimate; kept as a moment that has passed
	Changes  []RosterChange
}
