package faceid

// State is how far a person's face reference has come. Names are stored and sent:
// never rename one.
type State string

const (
	// None: nobody asked, nothing is kept.
	None State = "none"
	// Requested: the organisation asked, and the person has not answered.
	Requested State = "requested"
	// Given: the person agreed and gave a picture. The only state in which one is
	// kept.
	Given State = "given"
	// Declined: the person said no.
	Declined State = "declined"
	// Withdrawn: the person took the consent back; the picture is destroyed.
	Withdrawn State = "withdrawn"
	// Expired: the person did not answer in time.
	Expired State = "expired"
)

// States lists all of them.
var States = []State{None, Requested, Given, Declined, Withdrawn, Expired}

// Keeps tells whether a picture is kept in this state.
func (s State) Keeps() bool { return s == Given }

// Event is something that happens to a face reference. Names are sent: never rename
// one.
type Event string

const (
	// Request: the organisation asks.
	Request Event = "request"
	// Give: the person agrees and gives a picture, or another one.
	Give Event = "give"
	// Decline: the person says no.
	Decline Event = "decline"
	// Withdraw: the person takes the consent back.
	Withdraw Event = "withdraw"
	// Reset: the organisation takes the request back, or has the picture destroyed.
	Reset Event = "reset"
	// Expire: the time for an answer is over.
	Expire Event = "expire"
	// End: there is nobody any more who could withdraw, or nothing that it would be
	// for. The account ended, the person left, or the organisation switched it off.
	End Event = "end"
)

// Events lists all of them.
var Events = []Event{Request, Give, Decline, Withdraw, Reset, Expire, End}
