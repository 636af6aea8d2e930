package pn532sim

import (
	"bytes"
	"slices"
	"strings"
)

// Fault is something that goes wrong between card, chip and host. Names are part
// of the simulator's interface.
type Fault string

// The faults that can be injected.
const (
	// Silence: the command is not even acknowledged.
	Silence Fault = "silence"
	// SilenceAfterAck: the command is acknowledged and never answered.
	SilenceAfterAck Fault = "silence-after-ack"
	// Garbage: bytes that are no frame, instead of acknowledgement and answer.
	Garbage Fault = "garbage"
	// BadChecksum: an answer whose data checksum is wrong.
	BadChecksum Fault = "bad-checksum"
	// BadLength: an answer whose length checksum is wrong.
	BadLength Fault = "bad-length"
	// ErrorFrame: the chip says that it doesn't understand.
	ErrorFrame Fault = "error-frame"
	// TruncatedFrame: the answer ends in the middle.
	TruncatedFrame Fault = "truncated-frame"
	// ForeignReply: the answer belongs to another command.
	ForeignReply Fault = "foreign-reply"
	// NADStatus: bit 7 of a status byte is set. libnfc 1.8.0 aborts its process.
	NADStatus Fault = "nad-status"
	// ATSZero: a card's ATS announces length 0. libnfc 1.8.0 crashes.
	ATSZero Fault = "ats-zero"
	// UIDLength: a card's UID announces 255 bytes. libnfc 1.8.0 makes up 10.
	UIDLength Fault = "uid-length"
	// TruncatedTarget: a card's data end within its UID. libnfc 1.8.0 fills up
	// with what lies on its stack.
	TruncatedTarget Fault = "truncated-target"
)

// Faults returns every fault that can be injected.
func Faults() []Fault {
	return []Fault{
		Silence, SilenceAfterAck, Garbage, BadChecksum, BadLength, ErrorFrame,
		TruncatedFrame, ForeignReply, NADStatus, ATSZero, UIDLength, TruncatedTarget,
	}
}

// ParseFault reads the name of a fault.
func ParseFault(s string) (f Fault, ok bool) {
	f = Fault(strings.ToLower(strings.TrimSpace(s)))
	return f, slices.Contains(Faults(), f)
}

// UntilCleared as a number of times keeps a fault until Clear.
const UntilCleared = -1

// armed is a fault that waits for an answer it can spoil.
type armed struct {
	fault Fault
	left  int
}

// applies tells whether a fault can spoil the answer to a command; data is the
// answer, code first.
func (f Fault) applies(data []byte) bool {
	switch f {
	case NADStatus: // the answers whose status libnfc looks at for bit 7
		code := data[0] - 1
		return len(data) > 1 && (code == cmdInDataExchange || code == cmdInCommunicateThru || code == cmdPowerDown)
	case ATSZero, UIDLength, TruncatedTarget:
		return data[0] == cmdInListPassiveTarget+1 && len(data) > 2 && data[1] > 0
	default:
		return true
	}
}

// spoil turns an answer into what the host gets: an acknowledgement or none, and
// then these bytes.
func (f Fault) spoil(data []byte) (ack bool, frame []byte) {
	data = bytes.Clone(data)
	switch f {
	case Silence:
		return false, nil
	case SilenceAfterAck:
		return true, nil
	case Garbage:
		return false, bytes.Repeat([]byte{0xA5, 0x5A, 0x3C, 0xC3, 0x99, 0x66}, 6)
	case ErrorFrame:
		return true, errorFrame
	case ForeignReply:
		data[0] += 2
	case NADStatus:
		data[1] |= 0x80
	case ATSZero:
		data = withoutATS(data)
		data = append(data, 0x00)
	case UIDLength:
		data[uidLengthAt] = 0xFF
	case TruncatedTarget:
		data = data[:uidLengthAt+1]
	}
	frame = reply(data)
	switch f {
	case BadChecksum:
		frame[len(frame)-2] ^= 0x5A
	case BadLength:
		frame[4] ^= 0x5A
	case TruncatedFrame:
		frame = frame[:len(frame)/2]
	}
	return true, frame
}

// uidLengthAt is where InListPassiveTarget's answer holds the length of the
// first UID: code, count, target number, ATQA (2), SAK, length.
const uidLengthAt = 6

// withoutATS cuts an answer after the first target's UID.
func withoutATS(data []byte) []byte {
	return data[:min(len(data), uidLengthAt+1+int(data[uidLengthAt]))]
}
