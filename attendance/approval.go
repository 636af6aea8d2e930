package attendance

import "time"

// Approval is how a punch stands that somebody has to approve, because it was taken
// without a line at a site that wants that. Names are stored and sent: never rename
// one.
type Approval string

// How a punch may stand.
const (
	ApprovalNone    Approval = ""         // nobody needs to: it counts
	ApprovalWaiting Approval = "waiting"  // it counts for the time being
	Approved        Approval = "approved" // somebody said that it counts
	Rejected        Approval = "rejected" // somebody said that it doesn't
)

// Approvals are all of them but ApprovalNone, in the order in which they are offered.
var Approvals = []Approval{ApprovalWaiting, Approved, Rejected}

// ParseApproval returns the state of that name; ok is false where there is none.
// ApprovalNone has no name.
func ParseApproval(name string) (a Approval, ok bool) {
	for _, a := range Approvals {
		if string(a) == name {
			return a, true
		}
	}
	return ApprovalNone, false
}

// Counts tells whether hours are reckoned with a punch that stands so. One that waits
// counts until somebody rejects it: a person's hours don't vanish because nobody has
// looked yet.
func (a Approval) Counts() bool { return a != Rejected }

// Counting returns the punches that hours are reckoned with, in their order.
func Counting(punches []Punch) []Punch {
	counting := make([]Punch, 0, len(punches))
	for _, p := range punches {
		if p.Approval.Counts() {
			counting = append(counting, p)
		}
	}
	return counting
}

// Decision says of punches taken without a line whether they count.
type Decision struct {
	Verdict Approval // Approved or Rejected
	Was     Approval // what they are thought to stand at: ApprovalWaiting, or the other verdict, which is taken back. Those that stand otherwise are left
	IDs     []PunchID

	// In place of IDs: all that a filter shows. Its Through keeps out what nobody has
	// seen, and so does Received, by the clock that the cloud had; zero: all of them.
	All      bool
	Filter   LogQuery // of which Site, Profile, From, To and Through count
	Except   []PunchID
	Received time.Time
	Most     int // where more are meant by now than somebody said yes to, none is decided; 0: however many
}

// Decided is what came of a decision.
type Decided struct {
	Changed int
	Left    int // of IDs: not there, or standing otherwise by now
}
