package invite

import "muster/attendance"

// EntryRequest is what somebody without an account typed to come in: an address,
// and a join link or key where they have one. Without it they come by the domain
// of the address.
type EntryRequest struct {
	Email    string // normalised
	Code     string // of a join link or key; empty: none
	Language string // of the mail, BCP 47
}

// EntryMail is the mail by which they show that the address is theirs. Only what is
// mailed has the secret.
type EntryMail struct {
	ID       MessageID
	Org      attendance.OrgID
	To       string
	Language string
	Secret   string
}

// Entry is what such a mail's link is good for.
type Entry struct {
	Organisation string
	Email        string
	Language     string // of the mail
	Way          Way
	State        EntryState
	Known        bool   // the organisation knows the person already: no name is asked for
	FirstName    string // of that person
}

// EntryState says whether a link lets somebody in. Names are keys of sentences:
// never rename one.
type EntryState string

const (
	// EntryGood: it does, once a person presses the button.
	EntryGood EntryState = "good"
	// EntryOver: it did once, or is too old, or the way was closed meanwhile.
	EntryOver EntryState = "over"
	// EntryAccount: there is an account with this address; sign in with it.
	EntryAccount EntryState = "account"
	// EntryEnded: the organisation has ended the person's account.
	EntryEnded EntryState = "ended"
	// EntryNoSeat: there is no free seat.
	EntryNoSeat EntryState = EntryState(NoSeat)
	// EntryLicenceOver: the licence has expired.
	EntryLicenceOver EntryState = EntryState(LicenceOver)
)

// EntryStates lists all of them.
var EntryStates = []EntryState{EntryGood, EntryOver, EntryAccount, EntryEnded, EntryNoSeat, EntryLicenceOver}
