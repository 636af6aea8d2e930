package device

import (
	"time"

	"github.com/google/uuid"

	"muster/attendance"
)

// Claim is a tablet that asks to be activated, as the manager sees it.
type Claim struct {
	UserCode string // "BCDF-GHJK"
	Words    []string
	Hardware string
	Version  string
	Address  string // where the request came from
	Created  time.Time
	Expires  time.Time
}

// Tablet is an activated tablet, as the console shows it.
type Tablet struct {
	ID          attendance.DeviceID
	Site        attendance.SiteID
	SiteName    string
	Name        string
	Hardware    string
	Created     time.Time
	Revoked     time.Time // zero: not revoked
	Locked      bool
	LockMessage string
	Online      bool
	OnlineSince time.Time // when Online last changed
	Seen        time.Time // the last message of any kind
	CertExpires time.Time
	Health      Health // as last told; zero when nothing was told yet
	Alarms      []Alarm
	Losses      []Loss // only where one tablet is asked for
	Roster      Freshness
}

// Loss is what is missing of a tablet's journal since its memory was damaged, or since
// the cloud was restored from a backup and the tablet had it no more.
// Those who tapped then may have seen a tick that nobody knows of any more.
type Loss struct {
	Stream        uuid.UUID
	From, To      uint64    // numbers of rows
	Open          bool      // perhaps some from From on, perhaps none: what could be read ends there
	After, Before time.Time // between these they were written; zero: not known
}

// Freshness is how what a tablet knows of people and cards stands to what the
// cloud knows.
type Freshness struct {
	Known  bool      // the tablet has told
	Whole  bool      // it has none of this feed yet, and is to read all of it
	Behind uint64    // changes of the feed that it hasn't read; 0: it is up to date
	Since  time.Time // when it last was up to date; zero: never, or not known
}

// Alarm is something about a tablet that nobody has dealt with: perhaps there
// are two of it, or rows of it are lost.
type Alarm struct {
	Kind  AlarmKind
	Count int
	Last  time.Time
}

// AlarmKind says what raised an alarm. Names are stored, as reasons for
// quarantine: never rename one.
type AlarmKind string

const (
	// AlarmClone: two different rows came for the same place of the journal.
	AlarmClone AlarmKind = "clone"
	// AlarmChain: a row doesn't follow the one before it.
	AlarmChain AlarmKind = "broken-chain"
	// AlarmBackwards: the time since boot, which nobody can set, ran backwards.
	AlarmBackwards AlarmKind = "backwards"
	// AlarmSalvaged: the tablet's store was damaged, and rows may be lost.
	AlarmSalvaged AlarmKind = "salvaged"
	// AlarmTwins: two connections of the tablet were alive at the same time.
	AlarmTwins AlarmKind = "twins"
	// AlarmLost: rows that the cloud had confirmed are neither there, because it
	// was restored from a backup, nor on the tablet, which has pruned them.
	AlarmLost AlarmKind = "lost"
)

// CaptureState is how far the reading of a card for a person has come.
type CaptureState string

// The states of a capture.
const (
	CaptureOpen      CaptureState = "open"
	CaptureDone      CaptureState = "done"
	CaptureFailed    CaptureState = "failed"
	CaptureCancelled CaptureState = "cancelled"
	CaptureExpired   CaptureState = "expired"
)

// CardCapture is "tap the card on tablet X now".
type CardCapture struct {
	ID      string
	Device  attendance.DeviceID
	Profile attendance.ProfileID
	State   CaptureState
	Outcome string // the card's id when done; why not when failed
	Expires time.Time
}
