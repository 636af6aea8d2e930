package invite

// Account is how far a person has come. Names are stored and sent: never rename
// one.
type Account string

const (
	// Inactive: the person is set up, knows nothing, and gets no message.
	Inactive Account = "inactive"
	// Invited: asked to claim the account, by message or by hand.
	Invited Account = "invited"
	// Claiming: has proved to be the person, and still has steps to do.
	Claiming Account = "claiming"
	// Active: has done everything that the organisation asks for.
	Active Account = "active"
	// Deactivated: ended by an admin.
	Deactivated Account = "deactivated"
)

// Accounts lists all of them, in the order in which a person goes through them.
var Accounts = []Account{Inactive, Invited, Claiming, Active, Deactivated}

// Delivery is what became of the latest message to a person. Names are stored and
// sent: never rename one.
type Delivery string

const (
	// None: there was no message yet.
	None Delivery = "none"
	// Queued: it waits to be sent.
	Queued Delivery = "queued"
	// Sent: a provider has taken it.
	Sent Delivery = "sent"
	// Delivered: the receiver has taken it, or it was given by hand.
	Delivered Delivery = "delivered"
	// Opened: somebody, or a mail scanner, opened its link.
	Opened Delivery = "opened"
	// Bounced: the receiver gave it back.
	Bounced Delivery = "bounced"
	// Failed: it could not be sent.
	Failed Delivery = "failed"
	// Expired: its time was over before the person claimed.
	Expired Delivery = "expired"
	// Declined: the person said no.
	Declined Delivery = "declined"
	// Revoked: it was taken back.
	Revoked Delivery = "revoked"
	// Blocked: it was not sent, because the address is blocked until an admin lifts
	// that.
	Blocked Delivery = "blocked"
)

// Deliveries lists all of them.
var Deliveries = []Delivery{None, Queued, Sent, Delivered, Opened, Bounced, Failed, Expired, Declined, Revoked, Blocked}

// Membership is how an existing account belongs to an organisation. Names are
// stored and sent: never rename one.
type Membership string

const (
	// Outside: no member, and not asked to be.
	Outside Membership = "outside"
	// Asked: invited to join; limited until accepted.
	Asked Membership = "invited"
	// Accepted: a member.
	Accepted Membership = "accepted"
	// Rejected: said no.
	Rejected Membership = "rejected"
)

// Memberships lists all of them.
var Memberships = []Membership{Outside, Asked, Accepted, Rejected}

// State is where a person stands: three things that move on their own, and
// together where an event concerns more than one.
type State struct {
	Account    Account
	Delivery   Delivery
	Membership Membership
}

// Silent is where everybody begins.
var Silent = State{Inactive, None, Outside}

// Invited tells whether the person is invited and hasn't finished: what became of the
// latest message doesn't change that.
func (s State) Invited() bool { return s.Account == Invited || s.Account == Claiming }

// Pending tells whether activation is still to come: the person belongs on the
// list of invitations.
func (s State) Pending() bool {
	return s.Account == Inactive || s.Account == Invited || s.Account == Claiming
}

// Underway tells whether a message may still bring the person in: its link works.
func (s State) Underway() bool {
	switch s.Delivery {
	case Queued, Sent, Delivered, Opened, Bounced:
		return s.Account == Invited || s.Account == Claiming
	default:
		return false
	}
}
