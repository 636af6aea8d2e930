// Package scene says what a kiosk can show, as facts without words and without
// anything that draws: whoever decides what is shown needs no window for it.
package scene

import (
	"time"

	"muster/attendance"
	"muster/device"
)

// Scene is what the kiosk shows: exactly one at a time. A scene holds facts and
// no words; the screens put it into the language chosen.
type Scene interface{ scene() }

// Activation is shown while the tablet belongs to nobody yet.
type Activation struct {
	Step     ActivationStep
	UserCode string    // "BCDF-GHJK", once the cloud has answered
	URL      string    // where to type it
	QR       string    // the content of the QR code: the URL with the code in it
	Words    []string  // the key's fingerprint, to compare with the console
	Expires  time.Time // when a new code is shown
	Problem  string    // a wire.Code…, or "offline"; empty when nothing is wrong
}

// ActivationStep is how far an activation has come.
type ActivationStep int

const (
	// AskingForCode: the cloud has not answered yet.
	AskingForCode ActivationStep = iota
	// WaitingForApproval: the code is on the screen.
	WaitingForApproval
	// FetchingCertificate: approved; a moment more.
	FetchingCertificate
)

// Ready invites the next person to tap.
type Ready struct {
	Settings    device.Settings
	Invitations bool // somebody known here is asked to join, so the way to their invitation is shown
	Invites     bool // somebody is to be activated, and a manager is known here: the way to the page of invites is shown
}

// Result is the answer to a tap, accepted or refused, for Settings.ResultTime.
type Result struct {
	Receipt  attendance.Receipt
	Photo    []byte // JPEG; nil: initials are drawn
	Settings device.Settings
	Joining  Joining // about an invitation to join the organisation
}

// Capture asks for a card that is to be assigned to somebody instead of punching.
type Capture struct {
	Name    string
	Expires time.Time
	Done    bool // the card has been read
	Failed  attendance.Reason
}

// Fault says that the device has a problem, not the person.
type Fault struct {
	Storage bool // the tablet can keep nothing; then it isn't the reader that is meant
	Reader  device.ReaderState
	Detail  string // one short line for a technician
}

// Locked says that an admin has closed this tablet.
type Locked struct {
	Message string
	Site    string
	Device  string
}

// Revoked says that the cloud has taken this tablet's identity away.
type Revoked struct{}

func (Activation) scene() {}
func (Ready) scene()      {}
func (Result) scene()     {}
func (Capture) scene()    {}
func (Fault) scene()      {}
func (Locked) scene()     {}
func (Revoked) scene()    {}
func (Invitation) scene() {}

// Status is the bar at the foot of every scene.
type Status struct {
	Link    device.Link
	Waiting int // journal rows that the cloud has not confirmed
	Reader  device.ReaderState
	Roster  time.Time // when people and cards last were those of the cloud; zero: not known
}

// Intents is what a person at the kiosk can ask for. Each returns at once; the
// answer comes as another scene.
type Intents interface {
	// EnterCode activates with a one-time code from the console, as typed.
	EnterCode(code string)
	// NewCode asks for a fresh user code after one has expired or been denied.
	NewCode()
	// ActivateAnew has a revoked tablet put its data aside and begin an activation.
	ActivateAnew()
	// MyInvitations asks for a card, to show its holder's invitation.
	MyInvitations()
	// AnswerInvitation says yes or no to the question of that id.
	AnswerInvitation(id string, join bool)
	// CloseInvitation leaves whatever is shown of invitations; they stay open.
	CloseInvitation()
	// Invites does something at the page of invites; id names whom, for TickInvitee.
	Invites(act InvitesAct, id string)
}
