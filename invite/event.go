package invite

// Event is something that happens to an invitation. Names are stored and sent:
// never rename one.
type Event string

const (
	// Invite: somebody asks for the first message, or for one after the account
	// went back to silence.
	Invite Event = "invite"
	// Chase: somebody asks for another message.
	Chase Event = "chase"
	// HandOut: somebody is given an access code by hand.
	HandOut Event = "hand-out"
	// Send: a provider took the message.
	Send Event = "send"
	// Deliver: the receiver took it.
	Deliver Event = "deliver"
	// Bounce: the receiver gave it back.
	Bounce Event = "bounce"
	// Fail: it could not be sent.
	Fail Event = "fail"
	// Block: it was not sent, because the address is blocked.
	Block Event = "block"
	// Lift: an admin lifted the block.
	Lift Event = "lift"
	// Open: the link was opened. That may have been a mail scanner.
	Open Event = "open"
	// Claim: a person pressed the button, or entered the code.
	Claim Event = "claim"
	// Complete: everything that the organisation asks for is there.
	Complete Event = "complete"
	// Decline: the person said no.
	Decline Event = "decline"
	// Revoke: somebody took the invitation back.
	Revoke Event = "revoke"
	// Expire: its time is over.
	Expire Event = "expire"
	// Deactivate: somebody ended the account.
	Deactivate Event = "deactivate"
	// Reactivate: somebody made an ended account silent again.
	Reactivate Event = "reactivate"
	// Reset: somebody whose account is active is given an access code by hand,
	// because the password is forgotten or known to others.
	Reset Event = "reset"
	// Ask: somebody who is no organisation admin adds a person who has an account,
	// or adds a person again who said no.
	Ask Event = "ask"
	// Admit: an organisation admin adds a person who has an account.
	Admit Event = "admit"
	// Join: the person says yes to joining, or enters a join key.
	Join Event = "join"
	// Reject: the person says no to joining.
	Reject Event = "reject"
	// Leave: the membership ends.
	Leave Event = "leave"
)

// Events lists all of them.
var Events = []Event{
	Invite, Chase, HandOut, Send, Deliver, Bounce, Fail, Block, Lift, Open, Claim, Complete, Decline, Revoke, Expire,
	Deactivate, Reactivate, Reset, Ask, Admit, Join, Reject, Leave,
}
