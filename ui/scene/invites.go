package scene

import (
	"time"

	"muster/attendance"
	"muster/invite"
)

// Invites is the page by which a manager invites and reminds people of this site
// whose activation is still to come.
type Invites struct {
	Step     InvitesStep
	Manager  string // the name
	Language string // the manager's own, BCP 47; empty: the site's
	People   []Invitee
	Ticked   int // of them
	Askable  int // of them, those who can be ticked
	// Of those who are ticked, how many would get what; at the result, how many were
	// asked for what.
	ToInvite, ToRemind int
	Email, SMS         int
	Failed             attendance.Reason // why the order was not stored; empty: it was
	Nobody             bool              // nobody of those who were ticked can be asked any more
	Expires            time.Time         // when it goes by itself, by the kiosk's clock
}

// InvitesStep is what is shown of it.
type InvitesStep int

const (
	// InvitesCard: a manager is to hold the card; that is no punch.
	InvitesCard InvitesStep = iota
	// InvitesDenied: it was the card of somebody who may invite nobody.
	InvitesDenied
	// InvitesList: who is pending.
	InvitesList
	// InvitesConfirm: what would go out, and to how many.
	InvitesConfirm
	// InvitesResult: what became of it for each.
	InvitesResult
)

// Invitee is a row of the page.
type Invitee struct {
	ID     string // of the profile, for Intents
	Name   string
	Number string
	Ticked bool
	Event  invite.Event    // what may be asked for; empty: nothing
	State  invite.State    // how they stand
	Last   time.Time       // when they were last asked; zero: never
	Hurdle invite.Obstacle // why nothing may be asked for; empty: something may
	Again  time.Time       // when they may be reminded again; zero: that isn't what stands in the way
	Waits  bool            // asked for here, and the cloud doesn't know yet
	Fate   invite.Fate     // of InvitesResult: what became of it; empty: the cloud has not said
	Gone   bool            // of InvitesResult: they are active by now, or have left
}

// InvitesAct is something that a manager does at the page.
type InvitesAct string

// What can be done; Tick names whom.
const (
	OpenInvites    InvitesAct = "open"    // asks for the manager's card
	TickInvitee    InvitesAct = "tick"    // or takes the tick away
	TickAll        InvitesAct = "all"     // everybody who can be asked; or nobody, if they all are
	ReviewInvites  InvitesAct = "review"  // shows what would go out
	ConfirmInvites InvitesAct = "confirm" // gives the order
	BackToInvites  InvitesAct = "back"    // to the list
	StayAtInvites  InvitesAct = "stay"    // is still reading: the page has time again
	CloseInvites   InvitesAct = "close"
)

func (Invites) scene() {}
