package device

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
)

// Kind says what a journal row tells. Names are stored and sent: never rename one.
type Kind string

// The kinds of journal row; the payload of each is a message of sync/wire.
const (
	KindStarted  Kind = "started"           // the agent started; the first row of a stream and of each run
	KindPunch    Kind = "punch"             // somebody came or went
	KindRefusal  Kind = "refusal"           // a tap was refused
	KindCaptured Kind = "card-captured"     // a card was read for a capture the cloud asked for
	KindReader   Kind = "reader"            // the card reader failed or came back
	KindClock    Kind = "clock"             // the wall clock was stepped
	KindCommand  Kind = "command"           // a command was carried out, or could not be
	KindAnswer   Kind = "invitation-answer" // somebody said whether they join the organisation
	KindOrder    Kind = "invitation-order"  // a manager asked for messages to people
	KindSalvaged Kind = "salvaged"          // the store was damaged, and what was found in it
	KindDoubtful Kind = "doubtful"          // a row that was found in a damaged store, and another in its place: which of them was confirmed, nobody can tell
)

// Hash is a link of the journal's chain.
type Hash [sha256.Size]byte

// Row is one thing the tablet has to tell. Rows of a stream are numbered from 1
// without gaps and each carries the hash of the one before it, so that a row
// can neither be lost nor changed unnoticed.
type Row struct {
	Stream  uuid.UUID // minted at activation and at any restore
	Seq     uint64    // from 1, without gaps
	ID      uuid.UUID // UUIDv7; for a punch it is the PunchID
	Kind    Kind
	Payload []byte // the wire message of this kind, exactly as hashed
	Clock   attendance.ClockReading
	Prev    Hash // of the row before; zero for the first of a stream
	Hash    Hash
}

// Sum computes the hash of a row: SHA-256 over its fields in a fixed order, each
// of variable length preceded by that length. It covers everything but Hash
// itself. Times count in microseconds, because that is what is sent.
func (r Row) Sum() Hash {
	h := sha256.New()
	h.Write([]byte("muster journal v1\x00"))
	h.Write(r.Stream[:])
	writeUint(h, r.Seq)
	h.Write(r.ID[:])
	writeBytes(h, []byte(r.Kind))
	writeBytes(h, r.Payload)
	writeUint(h, uint64(r.Clock.Device.UnixMicro()))
	writeUint(h, uint64(r.Clock.Monotonic/time.Microsecond))
	writeBytes(h, []byte(r.Clock.BootID))
	writeUint(h, uint64(r.Clock.Offset/time.Microsecond))
	writeUint(h, uint64(r.Clock.Uncertainty/time.Microsecond))
	writeUint(h, uint64(r.Clock.Trust))
	h.Write(r.Prev[:])
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

func writeUint(h hash.Hash, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	h.Write(b[:])
}

func writeBytes(h hash.Hash, p []byte) {
	writeUint(h, uint64(len(p)))
	h.Write(p)
}
