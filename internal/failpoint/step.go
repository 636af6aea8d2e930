// Package failpoint names the steps on a punch's way from the card to the
// cloud's disk and back, and those of putting a backup back, and lets a test end
// the program at any of them.
//
// In the product every function here is empty and compiled away; nothing can
// be switched on. A program built with the tag "failpoint" kills itself with
// SIGKILL at the step that the environment names: see Environment.
package failpoint

import "strconv"

// Step is a place that the program passes each time it does that piece of work.
type Step string

// The steps of the tablet, in the order in which a punch passes them.
const (
	Tapped       Step = "tapped"       // a card was read, nothing is stored
	Appending    Step = "appending"    // the row is made, the statement not begun
	Appended     Step = "appended"     // the row is committed, nobody knows
	Showing      Step = "showing"      // the answer is decided, not on the screen
	Shown        Step = "shown"        // the answer is on the screen
	Sending      Step = "sending"      // the message is made, not handed to the line
	Sent         Step = "sent"         // the message is with the line
	Acknowledged Step = "acknowledged" // the cloud's word is here, not written down
	Confirming   Step = "confirming"   // it is written, not committed
	Confirmed    Step = "confirmed"    // it is committed
	Pruning      Step = "pruning"      // old rows are deleted, not committed
	Pruned       Step = "pruned"       // their deletion is committed
)

// The steps of the cloud.
const (
	Received   Step = "received"   // a message is here, nothing is done
	Kept       Step = "kept"       // a raw row is in the transaction, what it means isn't
	Committing Step = "committing" // everything is in the transaction, not committed
	Committed  Step = "committed"  // it is committed, nobody knows
	Answered   Step = "answered"   // the tablet was told
)

// The steps of putting a backup in the place of the cloud's database.
const (
	Copied  Step = "copied"  // the backup was copied, and nothing else is done
	Placing Step = "placing" // the copy is ready; passed before each change of the folder
	Placed  Step = "placed"  // it is in place
)

// Tablet and Cloud list the steps of a program.
var (
	Tablet = []Step{
		Tapped, Appending, Appended, Showing, Shown, Sending, Sent,
		Acknowledged, Confirming, Confirmed, Pruning, Pruned,
	}
	Cloud = []Step{Received, Kept, Committing, Committed, Answered}
)

// variable is where a program built for it finds its failpoint, "step:n".
const variable = "MUSTER_FAILPOINT"

// Environment returns the setting with which a program built with the tag dies
// at the n-th passing of a step, counted from 1. Such a program also forgets at
// once what may be forgotten, so that it passes Pruning and Pruned at all.
func Environment(s Step, n int) string { return variable + "=" + string(s) + ":" + strconv.Itoa(n) }
