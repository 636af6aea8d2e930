package invite

import (
	"time"

	"muster/attendance"
)

// Own is what a person sees of themselves.
type Own struct {
	Profile      attendance.Profile
	Contact      Contact
	Organisation string
	Sites        []attendance.Site
	Cards        []attendance.Card // newest first, ended ones too
	State        State
	Steps        Steps // what is left to do before the account is active
	Wanted       Steps // what the organisation asks of everybody
	Region       string
	// PasswordSet changes whenever the person has to sign in again: a password was
	// chosen, given up or taken away. Zero: never.
	PasswordSet time.Time
	Active      time.Time // since when the account is active; zero: it isn't
	Waiting     int       // organisations that ask the person to join
	Changes     []ContactChange
}

// SignsIn tells whether somebody in this state may use the portal at all. Who is
// asked to join and hasn't said yes sees nothing of the organisation.
func (s State) SignsIn() bool {
	return (s.Account == Claiming || s.Account == Active) && !s.Membership.Limited()
}

// Details is what people may change about themselves.
type Details struct {
	Email    string // normalised, as in Contact; empty: none
	Phone    string // E.164; empty: none
	Language string // BCP 47; empty: the site's
	Current  string // the present password, without which address and number stay as they are
}

// Record is a message to a person, as those who manage people see it.
type Record struct {
	Received
	Batch     BatchID // the order; empty: none
	Language  string
	Reason    Reason // why it did not arrive
	Detail    string // the provider's own words
	Attempts  int
	Provider  string
	Created   time.Time
	Delivered time.Time // zero: nobody said that it was
	Opened    time.Time // zero: not
}

// Received is a message to a person, as they may see it.
type Received struct {
	Event    Event // Invite, Chase, HandOut or Reset
	Channel  Channel
	Address  string
	Delivery Delivery // as of now: one whose time is over has expired
	Ended    bool     // its link or code is good no more
	At       time.Time
	Expires  time.Time // zero: never
}
