package invite

import (
	"time"

	"muster/attendance"
)

// BatchID names one order to send messages.
type BatchID string

// Order is what somebody asks for: messages to people.
type Order struct {
	// Event is Invite, Chase, or empty: whichever fits each person.
	Event Event
	To    Selection
	// Asked is when it was asked for, where that was earlier: at a tablet that was
	// offline. Zero: now.
	Asked time.Time
	// Key makes the same order the same batch, however often it comes; empty: each
	// time is a new one. At most 100 bytes.
	Key string
	// Texts go out with this order only, in place of the organisation's.
	Texts map[TemplateKey]Template
}

// Batch is an order that was carried out, and how far it is.
type Batch struct {
	ID    BatchID
	Event Event
	By    string // access.UserID
	Name  string // of whoever gave it; empty: it isn't known
	At    time.Time
	// NotBefore is when the first message may leave; until then all of it can be taken
	// back.
	NotBefore time.Time
	// Queued is for how many people a message was queued; Refused for how many not,
	// by the reason.
	Queued  int
	Refused map[Obstacle]int
	// Now counts those whose latest message is of this batch.
	Now map[Delivery]int
	// Undone is how many were taken back while they waited.
	Undone int
}

// Waiting is for how many people the message has not gone out yet.
func (b Batch) Waiting() int { return b.Now[Queued] }

// Obstacle says why nothing is sent to somebody who was selected: a Reason, or one
// of these. Names are stored, sent, and keys of sentences: never rename one.
type Obstacle string

const (
	// NotPossible: the person's state doesn't allow it, such as active.
	NotPossible Obstacle = "not-now"
	// ChasedAlready: sent a message within 24 hours.
	ChasedAlready Obstacle = "too-soon"
	// CameTooLate: the request came too late to be of use.
	CameTooLate Obstacle = "overtaken"
	// NotMember: the person has no seat: is known only, or said no.
	NotMember Obstacle = "not-member"
	// WaitsAlready: a message waits to be sent already.
	WaitsAlready Obstacle = "waiting"
)

// Plan is what an order would do, before it is given.
type Plan struct {
	Selected int
	Email    int // messages that would go out by email
	SMS      int
	Refused  map[Obstacle]int
}

// Sends tells how many messages would go out.
func (p Plan) Sends() int { return p.Email + p.SMS }

// Result is what became of an order for one person.
type Result struct {
	Person   attendance.ProfileID
	Name     string
	Number   string
	Obstacle Obstacle  // empty: a message was queued
	Channel  Channel   // of the message
	State    Delivery  // of the message now
	Reason   Reason    // why it did not arrive
	Again    time.Time // when a chase is possible again, where it was too soon
}
