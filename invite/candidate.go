package invite

import (
	"errors"
	"time"
)

// Candidate is what is to be known of somebody before a message is asked for:
// enough to foresee, on a tablet too, what an order would do for them.
type Candidate struct {
	State  State
	Chases Chases
	// Channel is the way that a message would take; Handout where none could, for
	// Reason.
	Channel Channel
	Reason  Reason
	Blocked bool // the address is left alone until an admin lifts that
}

// Judge decides what an order of an event, made at asked, does for a candidate now:
// the channel that a message would take, or the obstacle. An empty event is
// whichever fits. Stores say the same of many people at once.
func (c Candidate) Judge(e Event, asked, now time.Time) (Channel, Obstacle) {
	if now.Sub(asked) > Stale {
		return "", CameTooLate
	}
	switch {
	case c.State.Status() == Waiting:
		return "", WaitsAlready
	case c.Blocked && c.State.Pending():
		return "", Obstacle(AddressBlocked)
	case !c.State.Seated():
		return "", NotMember
	case !c.State.can(e):
		return "", NotPossible
	}
	if c.State.Account != Inactive {
		var soon *TooSoon
		switch err := c.Chases.Allow(asked, now); {
		case errors.As(err, &soon):
			return "", ChasedAlready
		case err != nil:
			return "", CameTooLate
		}
	}
	if c.Channel != Email && c.Channel != SMS {
		return "", Obstacle(c.Reason)
	}
	return c.Channel, ""
}

// can tells whether an order of an event is possible in a state; an empty event is
// Invite or Chase.
func (s State) can(e Event) bool {
	for _, of := range []Event{Invite, Chase} {
		if e != "" && e != of {
			continue
		}
		if _, err := Next(s, of); err == nil {
			return true
		}
	}
	return false
}

// Fate is what became for one person of an order that was given at a tablet:
// FateQueued, FateForbidden, or an Obstacle. Names are stored, sent, and keys of
// sentences: never rename one.
type Fate string

const (
	// FateQueued: a message goes out.
	FateQueued Fate = "queued"
	// FateForbidden: whoever gave the order may not, or not any more, or the card was
	// not theirs.
	FateForbidden Fate = "forbidden"
)
