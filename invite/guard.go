package invite

import (
	"fmt"
	"time"
)

// ChaseEvery is how long after a message to a profile, the invitation as well as
// any chase, the next chase may follow, whoever asks and from wherever.
const ChaseEvery = 24 * time.Hour

// Hold is how long messages that somebody orders wait before they may leave, so
// that the order can be taken back. A cloud may be run with another one.
const Hold = 20 * time.Second

// Stale is how old a request of a tablet that was offline may be when it arrives.
// An older one has lost its meaning.
const Stale = 7 * 24 * time.Hour

// TooSoon is the error of a chase within ChaseEvery of the message before.
type TooSoon struct {
	Last  time.Time // when the person was sent one
	Again time.Time // when it is possible again
}

// Error is for logs; a screen says when it is possible again.
func (t *TooSoon) Error() string {
	return fmt.Sprintf("messaged at %s; possible again at %s", t.Last.Format(time.RFC3339), t.Again.Format(time.RFC3339))
}

// Overtaken is the error of a request that arrives too late to be of use: it is
// older than Stale, or the person was sent a message after it was made.
type Overtaken struct{ Asked time.Time }

// Error is for logs; a screen has a sentence of its own.
func (o *Overtaken) Error() string {
	return "the request of " + o.Asked.Format(time.RFC3339) + " came too late"
}

// Chases is what counts for the next one.
type Chases struct {
	// Last is when the latest message to the profile, an invitation or a chase, left
	// or was ordered. One that did not arrive doesn't count (Counts), nor one that
	// went to an address which isn't the person's any more. Zero: never.
	Last time.Time
}

// Allow says whether a chase that somebody asked for at asked may happen now:
// nil, *TooSoon or *Overtaken. asked is at most now; it is earlier where a
// tablet was offline, and then both moments are held to the rule.
func (c Chases) Allow(asked, now time.Time) error {
	if asked.After(now) {
		asked = now // a clock that is ahead gains nothing
	}
	if now.Sub(asked) > Stale {
		return &Overtaken{asked}
	}
	if c.Last.IsZero() {
		return nil
	}
	if again := c.Last.Add(ChaseEvery); now.Before(again) {
		return &TooSoon{c.Last, again}
	}
	if asked.Before(c.Last.Add(ChaseEvery)) {
		return &Overtaken{asked}
	}
	return nil
}

// Again is when a person may be chased again; zero: now.
func (c Chases) Again(now time.Time) time.Time {
	if again := c.Last.Add(ChaseEvery); !c.Last.IsZero() && now.Before(again) {
		return again
	}
	return time.Time{}
}

// Counts tells whether a message of which this became counts for the next chase.
// Who didn't get it may be sent one as soon as the address is right.
func (d Delivery) Counts() bool {
	switch d {
	case None, Failed, Bounced, Blocked:
		return false
	default:
		return true
	}
}
