package scene

import (
	"time"

	"muster/attendance"
)

// Invitation is about somebody's invitation to join the organisation.
type Invitation struct {
	Step         InvitationStep
	ID           string // names the question; for Intents
	Name         string
	Language     string // the person's own, BCP 47; empty: the site's
	Organisation string
	Declined     bool              // they said no before, and may say yes after all
	Join         bool              // what was answered
	Outcome      string            // of InvitationNone: what became of an earlier answer, an invite.AnswerOutcome; empty: nothing to tell
	Failed       attendance.Reason // why the answer was not stored; empty: it was
	Expires      time.Time         // when it goes by itself, by the kiosk's clock
}

// InvitationStep is what is shown of it.
type InvitationStep int

const (
	// InvitationCard: whoever wants to see theirs is to hold their card; that is no punch.
	InvitationCard InvitationStep = iota
	// InvitationQuestion: join or decline.
	InvitationQuestion
	// InvitationAnswered: the answer was stored, or could not be.
	InvitationAnswered
	// InvitationWaiting: they said yes here, and the cloud doesn't know yet.
	InvitationWaiting
	// InvitationNone: there is nothing to answer, and nothing was stored.
	InvitationNone
)

// Joining is what the answer to a tap says of an invitation to join.
type Joining struct {
	Elsewhere bool   // one waits, to be answered in the portal
	Here      bool   // one waits, and is shown when this is over
	Outcome   string // what became of what they answered here, an invite.AnswerOutcome; empty: no news
}
