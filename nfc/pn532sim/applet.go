package pn532sim

import "bytes"

// Applet is what an ISO/IEC 14443-4 card runs.
type Applet interface {
	// Process answers one command APDU (ISO/IEC 7816-4). It must cope with any
	// bytes; the answer ends in the two status bytes.
	Process(apdu []byte) []byte
	// Reset is the card losing its power.
	Reset()
}

// Status words of ISO/IEC 7816-4.
var (
	swOK            = []byte{0x90, 0x00}
	swWrongLength   = []byte{0x67, 0x00}
	swNotSatisfied  = []byte{0x69, 0x85}
	swFileNotFound  = []byte{0x6A, 0x82}
	swDataNotFound  = []byte{0x6A, 0x88}
	swNoInstruction = []byte{0x6D, 0x00}
	swNoClass       = []byte{0x6E, 0x00}
)

// BadgeAID is the application identifier of Badge, from the range that
// ISO/IEC 7816-5 leaves to anybody.
var BadgeAID = []byte{0xF0, 'M', 'U', 'S', 'T', 'E', 'R', 0x01}

// Badge is a small example applet. After SELECT by BadgeAID it answers GET DATA
// 5F 50 with its number and echoes whatever instruction 10 brings.
type Badge struct {
	Number   string
	selected bool
}

// Reset forgets the selection.
func (b *Badge) Reset() { b.selected = false }

// Process answers one command APDU.
func (b *Badge) Process(apdu []byte) []byte {
	if len(apdu) < 4 {
		return swWrongLength
	}
	data, ok := body(apdu)
	if !ok {
		return swWrongLength
	}
	if apdu[1] == 0xA4 && apdu[2] == 0x04 { // SELECT by name
		b.selected = bytes.Equal(data, BadgeAID)
		if !b.selected {
			return swFileNotFound
		}
		return swOK
	}
	switch {
	case apdu[0] != 0x00 && apdu[0] != 0x80:
		return swNoClass
	case !b.selected:
		return swNotSatisfied
	case apdu[1] == 0xCA: // GET DATA
		if apdu[2] != 0x5F || apdu[3] != 0x50 {
			return swDataNotFound
		}
		return append([]byte(b.Number), swOK...)
	case apdu[1] == 0x10: // echo
		return append(bytes.Clone(data), swOK...)
	default:
		return swNoInstruction
	}
}

// body returns the data field of a command APDU in its short form.
func body(apdu []byte) (data []byte, ok bool) {
	rest := apdu[4:]
	if len(rest) <= 1 { // no data; perhaps Le
		return nil, true
	}
	n := int(rest[0])
	if n == 0 || len(rest) < 1+n || len(rest) > 1+n+1 {
		return nil, false
	}
	return rest[1 : 1+n], true
}
