package invite

import "fmt"

// The three tables are the whole of what can happen. docs/invitations.md shows
// them; a test holds the two against each other.

var accountMoves = map[Account]map[Event]Account{
	// Who joins has an account elsewhere already; what this organisation asks for
	// is still to do.
	Inactive: {Invite: Invited, HandOut: Invited, Deactivate: Deactivated, Join: Claiming},
	Invited: {
		Join:  Claiming,
		Chase: Invited, HandOut: Invited, Claim: Claiming, Decline: Inactive, Revoke: Inactive, Deactivate: Deactivated,
	},
	Claiming: {
		Chase: Claiming, HandOut: Claiming, Claim: Claiming, Complete: Active, Decline: Inactive, Revoke: Inactive, Deactivate: Deactivated,
	},
	Active:      {Deactivate: Deactivated, Reset: Active},
	Deactivated: {Reactivate: Inactive},
}

var deliveryMoves = map[Delivery]map[Event]Delivery{
	None:   {Invite: Queued, HandOut: Delivered},
	Queued: {Send: Sent, Fail: Failed, Block: Blocked, Expire: Expired, HandOut: Delivered, Claim: Opened, Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Join: Revoked},
	Sent: {
		Deliver: Delivered, Bounce: Bounced, Fail: Failed, Open: Opened, Claim: Opened, Expire: Expired,
		Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered,
	},
	Delivered: {
		Deliver: Delivered, Bounce: Bounced, Open: Opened, Claim: Opened, Expire: Expired,
		Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered,
	},
	// What was opened has arrived, whatever comes back later.
	Opened: {
		Deliver: Opened, Bounce: Opened, Open: Opened, Claim: Opened, Expire: Expired,
		Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered,
	},
	// Some servers send a bounce and deliver all the same.
	Bounced:  {Bounce: Bounced, Open: Opened, Claim: Opened, Decline: Declined, Expire: Expired, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered},
	Failed:   {Fail: Failed, Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered},
	Expired:  {Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Chase: Queued, HandOut: Delivered},
	Declined: {Invite: Queued, HandOut: Delivered, Deactivate: Declined},
	Revoked:  {Invite: Queued, HandOut: Delivered, Deactivate: Revoked, Reactivate: None},
	Blocked:  {Lift: Queued, HandOut: Delivered, Decline: Declined, Revoke: Revoked, Deactivate: Revoked, Join: Revoked},
}

var membershipMoves = map[Membership]map[Event]Membership{
	Outside: {Ask: Asked, Admit: Accepted, Join: Accepted},
	// Claiming the account of this very organisation is a yes too.
	Asked: {Claim: Accepted, Ask: Asked, Admit: Accepted, Join: Accepted, Reject: Rejected, Leave: Outside},
	// Who was admitted at once joins when they first go there.
	Accepted: {Admit: Accepted, Join: Accepted, Leave: Outside},
	Rejected: {Claim: Accepted, Ask: Asked, Admit: Accepted, Join: Accepted, Leave: Outside},
}

// machine is one of the three.
type machine uint8

const (
	ofAccount machine = 1 << iota
	ofDelivery
	ofMembership
)

// concern says which machines an event is for. It is refused unless each that
// must move can; those that may come along do so where they can.
type concern struct{ must, may machine }

var concerns = map[Event]concern{
	Invite: {must: ofAccount | ofDelivery}, Chase: {must: ofAccount | ofDelivery}, HandOut: {must: ofAccount | ofDelivery},
	Send: {must: ofDelivery}, Deliver: {must: ofDelivery}, Bounce: {must: ofDelivery}, Fail: {must: ofDelivery},
	Block: {must: ofDelivery}, Lift: {must: ofDelivery}, Open: {must: ofDelivery}, Expire: {must: ofDelivery},
	Claim: {must: ofAccount, may: ofDelivery | ofMembership}, Complete: {must: ofAccount},
	Decline: {must: ofAccount, may: ofDelivery}, Revoke: {must: ofAccount, may: ofDelivery},
	Deactivate: {must: ofAccount, may: ofDelivery}, Reactivate: {must: ofAccount, may: ofDelivery},
	Reset: {must: ofAccount},
	Ask:   {must: ofMembership}, Admit: {must: ofMembership}, Join: {must: ofMembership, may: ofAccount | ofDelivery},
	Reject: {must: ofMembership}, Leave: {must: ofMembership},
}

// NotNow is the error of an event that can't happen to somebody who stands where
// he does.
type NotNow struct {
	State State
	Event Event
}

// Error is for logs; a screen has a sentence of its own.
func (n *NotNow) Error() string {
	return fmt.Sprintf("%s is not possible: account %s, message %s, membership %s", n.Event, n.State.Account, n.State.Delivery, n.State.Membership)
}

// Next returns where an event takes somebody, or *NotNow.
func Next(s State, e Event) (State, error) {
	c, known := concerns[e]
	if !known {
		return s, &NotNow{s, e}
	}
	next, moved := s, machine(0)
	if to, ok := accountMoves[s.Account][e]; ok && (c.must|c.may)&ofAccount != 0 {
		next.Account, moved = to, moved|ofAccount
	}
	if to, ok := deliveryMoves[s.Delivery][e]; ok && (c.must|c.may)&ofDelivery != 0 {
		next.Delivery, moved = to, moved|ofDelivery
	}
	if to, ok := membershipMoves[s.Membership][e]; ok && (c.must|c.may)&ofMembership != 0 {
		next.Membership, moved = to, moved|ofMembership
	}
	if moved&c.must != c.must {
		return s, &NotNow{s, e}
	}
	return next, nil
}

// Possible lists, by account, from which deliveries an event can happen. It is
// for stores, which ask about many people at once; memberships are left aside.
func Possible(e Event) map[Account][]Delivery {
	from := map[Account][]Delivery{}
	for _, a := range Accounts {
		for _, d := range Deliveries {
			if _, err := Next(State{a, d, Outside}, e); err == nil {
				from[a] = append(from[a], d)
			}
		}
	}
	return from
}
