package device

import (
	"time"

	"muster/attendance"
)

// FeedPosition is how far a site's feed has been read. Versions count within an
// epoch; the cloud begins a new epoch when its history was replaced. A feed has
// lanes, which are read one after the other: what is urgent, people, pictures.
type FeedPosition struct {
	Epoch   string
	Version uint64 // everything through here
	Urgent  uint64 // what is urgent, through here; never below People
	People  uint64 // people and cards, through here; never below Version
	Base    uint64 // where the feed ended when a snapshot began that is under way; 0: none is
	Head    uint64 // where the feed ended when the page was made that was read last; 0: not known
	Term    string // the stretch of the feed's history that was read last
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
	Settled  bool      // people and cards are those of the feed's head
	Complete bool      // so is everything else
	At       time.Time // when it came, by the best estimate; kept as a moment that has passed
	Changes  []RosterChange
	Reading  int    // what the program knows of the feed
	Skipped  int    // changes of the page that could not be understood
	Problem  string // why the last of them could not be
}

// ReadsInvitations is the number, in RosterState.Reading, from which on a program
// shows people their invitations to join, and takes what they answer.
const ReadsInvitations = 2

// ReadsOffline is the same for what a site does with taps without a line.
const ReadsOffline = 3

// ReadsApproval is the same for marking what was taken without a line, where a site
// has such punches approved. A program that reads less takes them as at any other
// site.
const ReadsApproval = 4

// ReadsPending is the same for who is still to be activated, and who may ask them.
const ReadsPending = 5

// RosterState is how a tablet's roster stands to the feed of its site.
type RosterState struct {
	At      FeedPosition
	Heard   time.Time // when the newest page came; zero before the first
	Current time.Time // when people and cards last were those of the cloud; zero: never
	Skipped int       // changes that could not be understood since the last snapshot began
	Problem string    // why the last of them could not be
	Reading int       // what the program knew of the feed that read it
}
