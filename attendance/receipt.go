package attendance

import "time"

// Reason says why nothing was stored. Each has its own words and picture on the
// kiosk, and a short code for the support desk.
type Reason string

// The reasons for refusing a tap.
const (
	UnknownCard   Reason = "unknown-card"   // nobody holds this card
	BlockedCard   Reason = "blocked-card"   // reported lost, or withdrawn
	HeldCard      Reason = "held-card"      // somebody else holds the card that was to be given away
	BlockedPerson Reason = "blocked-person" // the person may not punch
	RandomCard    Reason = "random-uid"     // the card shows a new number at each tap
	Unreadable    Reason = "unreadable"     // the reader got something that is no card number
	TooSoon       Reason = "too-soon"       // the same person's last tap was only just stored
	StorageFull   Reason = "storage-full"   // no room to keep the punch
	StorageFault  Reason = "storage-fault"  // the punch could not be kept for another reason
	NotReady      Reason = "not-ready"      // the tablet is not activated yet
	NoLine        Reason = "no-line"        // the site takes punches only while its tablet has a line to the cloud
	Locked        Reason = "locked"         // an admin has closed the tablet
	Revoked       Reason = "revoked"        // the tablet belongs to no organisation any more
)

// Code returns what a person reads out to the support desk, such as "C1".
// Codes are never reused for another reason.
func (r Reason) Code() string {
	switch r {
	case UnknownCard:
		return "C1"
	case BlockedCard:
		return "C2"
	case RandomCard:
		return "C3"
	case Unreadable:
		return "C4"
	case HeldCard:
		return "C5"
	case BlockedPerson:
		return "P1"
	case TooSoon:
		return "P2"
	case StorageFull:
		return "S1"
	case StorageFault:
		return "S2"
	case NotReady:
		return "T1"
	case NoLine:
		return "T2"
	case Locked:
		return "T3"
	case Revoked:
		return "T4"
	default:
		return "X0"
	}
}

// Receipt is the tablet's answer to one tap. A receipt with Accepted set exists
// only after its punch has been committed to disk.
type Receipt struct {
	Accepted bool
	Reason   Reason // set when not Accepted

	Profile Profile // set when Accepted, and where a refused person is known
	Punch   Punch   // set when Accepted
	CardID  CardID  // empty when the tap gave no usable number

	Today time.Duration // worked today so far, site time
	Week  time.Duration // worked since Monday, site time
}
