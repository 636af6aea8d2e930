package faceid

import (
	"errors"
	"fmt"
	"time"

	"muster/attendance"
)

const (
	// Life is how long a request waits for an answer, counted while the person can
	// see it.
	Life = 30 * 24 * time.Hour
	// Pause is how long nobody is asked again who said no or took the consent back.
	Pause = 30 * 24 * time.Hour
	// MailPause is how long a person gets no second mail about it, whatever is
	// requested and reset meanwhile.
	MailPause = 24 * time.Hour
)

// Consent is what a person agreed to: the text that was on the page.
type Consent struct {
	Version  string
	Language string // BCP 47
}

// ConsentVersion names the text that people agree to now. A text that says
// something else gets another version; a test holds texts and version together.
const ConsentVersion = "2026-11"

// Reference is how a person's face reference stands. It never holds the picture.
type Reference struct {
	State     State
	Since     time.Time // when it got there; zero: ever
	Requested time.Time // the latest request; zero: never
	Expires   time.Time // of a request that the person can see; zero otherwise
	Consent   Consent   // the latest one, also after it was taken back
	Agreed    time.Time // when; zero: never
	Allowed   bool      // by the organisation
	Reachable bool      // the person has or may get an account to answer with
	Mailed    time.Time // the latest mail about a request; zero: none
}

var (
	// ErrOff says that the organisation has Face ID switched off.
	ErrOff = errors.New("the organisation has Face ID switched off")
	// ErrUnreachable says that the person's account has ended, or that they are no
	// member, so that they could not answer.
	ErrUnreachable = errors.New("the person has no account to answer with")
)

// TooSoon is the error of a request to somebody who said no a short while ago.
type TooSoon struct{ Until time.Time }

// Error is for logs.
func (t *TooSoon) Error() string {
	return fmt.Sprintf("the person said no and may be asked again from %s", t.Until.Format(time.RFC3339))
}

// Ask tells why a person can't be asked now: ErrOff, ErrUnreachable, *NotNow or
// *TooSoon; nil: they can.
func (r Reference) Ask(now time.Time) error {
	if _, err := Next(r.State, Request); err != nil {
		return err
	}
	switch until := r.Since.Add(Pause); {
	case !r.Allowed:
		return ErrOff
	case !r.Reachable:
		return ErrUnreachable
	case (r.State == Declined || r.State == Withdrawn) && now.Before(until):
		return &TooSoon{until}
	}
	return nil
}

// Can tells whether an event is possible for whoever it is up to.
func (r Reference) Can(e Event) bool {
	_, err := Next(r.State, e)
	return err == nil && (e != Give || r.Allowed)
}

// Cause is why a picture was destroyed. Names are stored: never rename one.
type Cause string

const (
	// ByPerson: the consent was withdrawn.
	ByPerson Cause = "withdrawn"
	// ByReset: the organisation had it destroyed.
	ByReset Cause = "reset"
	// Replaced: the person gave another one.
	Replaced Cause = "replaced"
	// Switched: the organisation switched Face ID off.
	Switched Cause = "switched-off"
	// Left: the account ended, the membership did, or the person was removed.
	Left Cause = "left"
	// Restored: the database was restored from a backup, which can't know who has
	// withdrawn since.
	Restored Cause = "restored"
)

// Purge proves that a picture was destroyed, and says nothing about whose it was.
type Purge struct {
	ID     string // of the picture, drawn at random
	Org    attendance.OrgID
	Cause  Cause
	Given  time.Time
	Purged time.Time // when key and picture were deleted, in one transaction
	Wiped  time.Time // when what the database keeps of deleted rows was cleared; zero: not yet
	Digest []byte    // SHA-256 of the picture as it was kept, encrypted
}
