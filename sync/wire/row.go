package wire

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// FromRow puts a journal row into its message. Text that no message can hold,
// which only a damaged store has, is replaced; the hash tells.
func FromRow(r device.Row) *JournalRow {
	return &JournalRow{
		Stream: r.Stream[:], Seq: r.Seq, Id: r.ID[:], Kind: strings.ToValidUTF8(string(r.Kind), "?"), Payload: r.Payload,
		DeviceTimeUs: r.Clock.Device.UnixMicro(), MonotonicUs: r.Clock.Monotonic.Microseconds(), BootId: strings.ToValidUTF8(r.Clock.BootID, "?"),
		ClockOffsetUs: r.Clock.Offset.Microseconds(), ClockUncertaintyUs: r.Clock.Uncertainty.Microseconds(),
		Trust: ClockTrust(r.Clock.Trust), PrevHash: r.Prev[:], Hash: r.Hash[:],
	}
}

// farthest is how far from 1970 a tablet's clock may be, in microseconds: beyond all that
// a kernel can count, and such that a database can still add an offset to it.
const farthest = 1 << 60

// ToRow reads a row that came from outside: lengths, ranges and the hash are
// checked, the payload is not looked into.
func ToRow(m *JournalRow) (device.Row, error) {
	var r device.Row
	stream, err := uuid.FromBytes(m.GetStream())
	if err != nil {
		return r, fmt.Errorf("stream: %w", err)
	}
	id, err := uuid.FromBytes(m.GetId())
	if err != nil {
		return r, fmt.Errorf("id: %w", err)
	}
	switch {
	case m.GetSeq() == 0:
		return r, errors.New("seq: counts from 1")
	case m.GetSeq() > 1<<62:
		return r, errors.New("seq: out of range")
	case m.GetKind() == "" || len(m.GetKind()) > 32:
		return r, errors.New("kind: must have 1 to 32 characters")
	case m.GetDeviceTimeUs() > farthest || m.GetDeviceTimeUs() < -farthest:
		return r, errors.New("device time: out of range")
	case len(m.GetBootId()) > 64:
		return r, errors.New("boot id: longer than 64 characters")
	case len(m.GetPrevHash()) != len(r.Prev):
		return r, errors.New("previous hash: must have 32 bytes")
	case len(m.GetHash()) != len(r.Hash):
		return r, errors.New("hash: must have 32 bytes")
	case m.GetTrust() < ClockTrust_CLOCK_TRUST_NONE || m.GetTrust() > ClockTrust_CLOCK_TRUST_STEPPED:
		return r, errors.New("trust: unknown")
	}
	r = device.Row{
		Stream: stream, Seq: m.GetSeq(), ID: id, Kind: device.Kind(m.GetKind()), Payload: m.GetPayload(),
		Clock: attendance.ClockReading{
			Device: time.UnixMicro(m.GetDeviceTimeUs()).UTC(), Monotonic: micro(m.GetMonotonicUs()), BootID: m.GetBootId(),
			Offset: micro(m.GetClockOffsetUs()), Uncertainty: micro(m.GetClockUncertaintyUs()),
			Trust: attendance.Trust(m.GetTrust()),
		},
		Prev: device.Hash(m.GetPrevHash()), Hash: device.Hash(m.GetHash()),
	}
	if r.Sum() != r.Hash {
		return r, ErrHash
	}
	return r, nil
}

// ErrHash says that a row is not the one that was hashed on the tablet.
var ErrHash = errors.New("row doesn't match its hash")

func micro(us int64) time.Duration { return time.Duration(us) * time.Microsecond }
