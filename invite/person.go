package invite

import (
	"time"

	"muster/attendance"
)

// Person is somebody on the list of invitations.
type Person struct {
	Profile attendance.Profile
	Contact Contact
	Sites   []attendance.SiteID // those within the reach of whoever reads
	State   State
	Added   Addition // how they came to their membership; empty: nobody knows
	Reason  Reason   // why the latest message did not arrive; empty: it isn't known that it didn't
	Detail  string   // the provider's own words
	Channel Channel  // of the latest message; empty: there was none

	Asked   time.Time // when somebody last asked for a message; zero: never
	Chased  time.Time // when they were last chased; zero: never
	Opened  time.Time // when a link was first opened since; zero: not
	Expires time.Time // until when the latest link or code is good; zero: there is none
	Active  time.Time // when the account became active; zero: it isn't
	Chases  Chases    // what the next chase is held to
	Blocked Blockage  // of the address that a message would go to; zero: it isn't blocked

	Changes []ContactChange // that the person asked for and that wait for a code; read for one person only
}

// Blockage says that an address is left alone until an admin lifts it.
type Blockage struct {
	Address string
	Reason  Reason
	Detail  string
	Since   time.Time
}

// Reachable narrows people by how a message would get to them. Names are sent:
// never rename one.
type Reachable string

const (
	// ByEmail: there is an address.
	ByEmail Reachable = "email"
	// ByPhone: there is no address, but a number.
	ByPhone Reachable = "phone"
	// ByHand: there is neither.
	ByHand Reachable = "hand"
)

// Filter says which people are meant. Its zero value means everybody. Texts are
// looked for anywhere in the column, without regard to case and accents.
type Filter struct {
	Status    []Status
	Delivery  Delivery
	Reason    Reason
	Reachable Reachable
	Site      attendance.SiteID
	Batch     BatchID // whose latest message is of this batch
	List      string  // whom this intake.ID names

	Membership Membership

	Text       string // name or Muster ID
	Email      string
	Phone      string
	ExternalID string
}

// Query asks for a page of the list, ordered by last name, first name and id.
type Query struct {
	Filter
	After string // Page.Next of the page before; empty: the first
	Limit int    // 1 to 500; 0: 50
}

// Page is one page of the list.
type Page struct {
	People []Person
	Next   string // for the page after; empty: this is the last
}

// Tally counts people by status.
type Tally map[Status]int

// Total is how many there are.
func (t Tally) Total() int {
	n := 0
	for _, k := range t {
		n += k
	}
	return n
}

// Of is how many have one of these statuses; all of them, where none is named.
func (t Tally) Of(statuses []Status) int {
	if len(statuses) == 0 {
		return t.Total()
	}
	n := 0
	for _, s := range statuses {
		n += t[s]
	}
	return n
}

// Selection is whom somebody ticked: these people, or all that a filter shows
// but some.
type Selection struct {
	IDs    []attendance.ProfileID // where All isn't set
	All    bool
	Filter Filter                 // where All is set
	Except []attendance.ProfileID // where All is set
}
