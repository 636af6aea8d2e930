package device

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
)

// ClaimRecord is a claim as the cloud keeps it. Neither the device code nor an
// activation code is kept, only their SHA-256.
type ClaimRecord struct {
	Claim
	ID         string
	DeviceCode Hash
	Key        []byte // PKIX, DER: the key that the certificate will be for
	State      string // one of the states of sync/wire
	Device     attendance.DeviceID
	Revoked    bool // the tablet that the claim became has been revoked since
}

// Certificate is a tablet's certificate as the cloud keeps it.
type Certificate struct {
	Serial    string // hexadecimal
	Device    attendance.DeviceID
	Key       []byte // PKIX, DER
	DER       []byte
	NotBefore time.Time
	NotAfter  time.Time
}

// Placement is where a tablet belongs and what its site has set: what it has to
// know before the first feed arrives.
type Placement struct {
	Identity Identity
	Settings Settings
	Revoked  bool
}

// Delivery is a batch of rows as it reached the cloud from one tablet.
type Delivery struct {
	Org      attendance.OrgID
	Device   attendance.DeviceID
	Received time.Time
	Rows     []Row
	Broken   []Broken
	Standing []Standing
	Asks     bool // how things stand: there was a message without rows among those it is made of
}

// Standing is what a tablet takes for settled about one of its streams. The
// cloud has at least as much, unless it was restored from a backup.
type Standing struct {
	Stream  uuid.UUID
	Through uint64 // the cloud has said that it has every row up to here
	Oldest  uint64 // the tablet still has every row from here on; one after the last when it has none
	Last    uint64 // the tablet's newest row of it; not sent
	Behind  []Span // the cloud has said that it has these too, behind a gap that nothing closes; the tablet has them
	Gone    []Span // and these, which the tablet has pruned
	Before  Hash   // of the row before Oldest; zero where there was none, or it isn't known
}

// Broken is something that arrived where a row should be and is none.
type Broken struct {
	Stream uuid.UUID // zero where not even that could be read
	Seq    uint64    // 0 where not even that could be read
	Reason string
	Body   []byte
}

// Receipt tells what the cloud has of one stream after a delivery was committed.
type Receipt struct {
	Stream  uuid.UUID
	Through uint64   // every row up to here is safe
	Sparse  []uint64 // rows of this delivery that are safe beyond it, in order
	Again   bool     // rows behind Through were safe once and are not here: the tablet still has them and is to send them
	Forked  bool     // rows of this delivery were put aside because others stand in their place
	// Which rows that are, for there may be two tablets with the same name and stream,
	// one of them a copy of the other.
	Linked uint64 // the newest up to Through that is in the log; 0: none
	Hash   Hash   // of that one
	Hashes []Hash // of those of Sparse; zero for one that lies in quarantine
	// Of the places behind AsideAfter, those that have nothing but what lies in
	// quarantine: it need not be what this tablet told.
	Aside      []Aside
	AsideAfter uint64
	Asked      bool // Aside names all of which the tablet still has the row
}

// Aside is a place of a journal for which something lies in quarantine.
type Aside struct {
	Seq  uint64
	Sums []Hash // of each that came: the hash of a good row, otherwise the sum of what came
	// Before is the hash of the row before, which vouches for those before that; zero where that isn't in the log.
	Before Hash
}

// News is that something changed, for whoever watches: a topic ("punch",
// "refusal", "device", "capture", "quarantine") and what it is about.
type News struct {
	Topic string
	ID    string
}

// ErrBusy is that rows of the tablet are being stored, and nothing else of it was kept: it is to be
// tried again.
var ErrBusy = errors.New("the tablet's rows are being stored")

// Heard is what became of the pulses of several tablets.
type Heard struct {
	Ordered []attendance.DeviceID // commands wait for these
	Busy    []attendance.DeviceID // nothing was kept of these, because their rows are being stored: it is to be tried again
}

// Outcome is what became of one delivery.
type Outcome struct {
	Receipts []Receipt
	News     []News
}
