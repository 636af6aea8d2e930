package device

import "time"

// ReaderReport is how the card reader is, with a reason for a technician, in
// English.
type ReaderReport struct {
	Reader ReaderState
	Detail string
}

// ReaderState is how the card reader is.
type ReaderState string

const (
	// ReaderReady: it answers and waits for cards.
	ReaderReady ReaderState = "ready"
	// ReaderStarting: it is being opened, for the first time or again.
	ReaderStarting ReaderState = "starting"
	// ReaderMissing: there is none, or it was unplugged.
	ReaderMissing ReaderState = "missing"
	// ReaderFailing: it is there but does not answer as it should.
	ReaderFailing ReaderState = "failing"
)

// Health is what the console shows about a tablet.
type Health struct {
	At           time.Time
	Version      string // of the agent
	Waiting      int    // journal rows that the cloud has not confirmed
	OldestWait   time.Duration
	Reader       ReaderState
	ReaderDetail string // in English, for the admin: "open /dev/ttyUSB0: permission denied"
	DiskFree     uint64 // bytes, where the journal is
	ClockOffset  time.Duration
	Trust        string    // attendance.Trust by name
	FeedVersion  uint64    // everything of the feed through here
	FeedEpoch    string    // that the versions count in
	FeedPeople   uint64    // people and cards through here
	FeedCurrent  time.Time // when people and cards last were those of the cloud; zero: not known
	FeedSkipped  int       // changes that the tablet could not understand since its last snapshot
	FeedProblem  string    // why the last of them could not be, in English
	Reading      int       // what of the feed the program can make use of: from 2 on invitations, from 3 on Settings.Offline; 0: it doesn't say
	Profiles     int       // people known offline
	Locked       bool
	Started      time.Time
}

// Link is how the connection to the cloud is, as the kiosk's bar shows it.
type Link struct {
	Online bool
	Since  time.Time // when it became so
	Reason string    // why it is offline, in English, for logs and the doctor
}
