package attendance

import "time"

// Quarantined is something a tablet sent that could not be made sense of, or that
// raises an alarm. What the tablet sent stays as it came, whatever becomes of it.
type Quarantined struct {
	ID         int64
	Device     DeviceID
	DeviceName string
	Site       SiteID // where the tablet stands now
	SiteName   string
	TimeZone   string
	Reason     string
	Received   time.Time
	Stream     string // empty where not even its place in the journal could be read
	Seq        uint64

	Kind   string    // what the row tells, by its kind; empty where it can't be read
	Punch  Punch     // set where it tells a punch: as the tablet told it, however wrong
	Name   string    // of the person whom the punch names; empty: nobody within reach
	Likely ProfileID // who held the card, as far as the cloud knows; empty: nobody within reach, or that is in question

	Holders []ProfileID // who had the card at any time, the last one first, of those within reach

	Assignable bool // it is a whole punch and lacks only its person
	Repeatable bool // it is in the raw log, so that it can be tried again

	Resolution Resolution // empty: it is open
	Resolved   time.Time
	ResolvedBy string    // the user's name; empty: the cloud by itself
	Profile    ProfileID // whose punch it became, when somebody said so
	Whose      string    // that person's name
	Note       string    // why it was dismissed
}

// Resolution is what became of something in quarantine. Names are stored and
// sent: never rename one.
type Resolution string

const (
	// Assigned: somebody said whose punch it is.
	Assigned Resolution = "assigned"
	// Dismissed: somebody said why it needs nothing.
	Dismissed Resolution = "dismissed"
	// Reprocessed: it was tried again and could be matched.
	Reprocessed Resolution = "reprocessed"
	// ToldAgain: it turned out that nothing is missing: all of it was told again.
	ToldAgain Resolution = "told-again"
)

// ReprocessReport tells what came of trying again.
type ReprocessReport struct {
	Tried   int
	Matched int // the rest stays in quarantine
}
