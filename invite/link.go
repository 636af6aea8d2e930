package invite

import (
	"time"

	"muster/attendance"
)

// Self is a person acting for themselves, in the portal or at a tablet. The zero
// Self is nobody.
type Self struct {
	Org     attendance.OrgID
	Profile attendance.ProfileID
}

// LinkState says what a link is good for. Names are sent, and keys of sentences
// in three languages: never rename one.
type LinkState string

const (
	// LinkGood: a person's button claims by it.
	LinkGood LinkState = "good"
	// LinkReplaced: a newer message was sent; its link is the good one.
	LinkReplaced LinkState = "replaced"
	// LinkHandedOut: an access code was given by hand since; it is entered at the
	// sign-in.
	LinkHandedOut LinkState = "handed-out"
	// LinkExpired: its time is over.
	LinkExpired LinkState = "expired"
	// LinkRevoked: somebody took the invitation back, or the person declined.
	LinkRevoked LinkState = "revoked"
	// LinkUsed: the account is active; sign in instead.
	LinkUsed LinkState = "used"
)

// Link is what opening a link shows. It claims nothing.
type Link struct {
	State        LinkState
	Self         Self
	Name         string // of the person
	FirstName    string // empty for somebody who has one name only
	Organisation string
	At           string // key of the organisation; see SignInAt
	Language     string // BCP 47
	Expires      time.Time
	Wanted       Steps // what the organisation asks of everybody who claims
}

// LinkOf judges the link of a message: latest tells whether it is the newest one
// of somebody who stands where s says.
func LinkOf(s State, latest bool, expires, now time.Time) LinkState {
	switch {
	case s.Account == Active:
		return LinkUsed
	case s.Account != Invited && s.Account != Claiming:
		return LinkRevoked
	case !latest:
		return LinkReplaced
	case s.Delivery == Declined || s.Delivery == Revoked:
		return LinkRevoked
	case s.Delivery == Expired || !expires.IsZero() && !now.Before(expires):
		return LinkExpired
	default:
		return LinkGood
	}
}

// AccessCode is a secret that is given to a person by hand. The code is shown
// once: only a verifier of it is kept.
type AccessCode struct {
	Person  attendance.Profile
	Sites   []attendance.SiteID
	Code    string // as FormatCode shows it
	At      string // key of the organisation; see SignInAt
	Expires time.Time
}

// SignInAt is the address of the sign-in page with the organisation's key, so that
// a Muster ID is looked for there only: numbers are unique within an organisation.
// The key is no secret, and made of letters and digits. An empty one leaves the address as it is.
func SignInAt(address, key string) string {
	if key == "" {
		return address
	}
	return address + "?at=" + key
}

// SignedIn is a person who has shown who they are.
type SignedIn struct {
	Self  Self
	Steps Steps // what is left to do before the account is active
}
