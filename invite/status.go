package invite

// Status is how the list of invitations sorts people. Names are stored, sent, and
// keys of words in three languages: never rename one.
type Status string

const (
	// NotInvited: silent.
	NotInvited Status = "not-invited"
	// Waiting: a message is queued.
	Waiting Status = "waiting"
	// Pending: invited or claiming, and nothing is wrong.
	Pending Status = "invited"
	// Problem: the message did not arrive, or its time is over.
	Problem Status = "error"
	// Activated: the account is active.
	Activated Status = "active"
	// Ended: deactivated.
	Ended Status = "deactivated"
)

// Statuses lists all of them, in the order in which the list shows them.
var Statuses = []Status{NotInvited, Waiting, Pending, Problem, Activated, Ended}

// ToCome are those of people whose activation is still to come.
var ToCome = []Status{NotInvited, Waiting, Pending, Problem}

// Status sorts a person into the list.
func (s State) Status() Status {
	switch s.Account {
	case Active:
		return Activated
	case Deactivated:
		return Ended
	case Inactive:
		return NotInvited
	}
	switch s.Delivery {
	case Queued:
		return Waiting
	case Bounced, Failed, Blocked, Expired:
		return Problem
	default:
		return Pending
	}
}

// Ask returns the event by which somebody in this state is asked, and false where
// nobody may: a message waits already, the address is blocked, there is nothing to
// ask any more, or the person has no seat.
func (s State) Ask() (Event, bool) {
	if !s.Seated() {
		return "", false
	}
	for _, e := range []Event{Invite, Chase} {
		if _, err := Next(s, e); err == nil {
			return e, true
		}
	}
	return "", false
}
