package nfc

import (
	"errors"
	"fmt"

	"muster/attendance"
)

// Target is one ISO/IEC 14443 type A card as a reader has seen it.
type Target struct {
	Technology string  // as Name gives it
	UID        []byte  // 4, 7 or 10 bytes, without cascade tags
	ATQA       [2]byte // high byte first, as the PN532 and libnfc give it: 00 44
	SAK        byte
	ATS        []byte // without its length byte; empty where the card has none
}

// The bits of SAK that ISO/IEC 14443-3 itself defines.
const (
	sakCascade = 0x04 // the UID goes on: never the last word of a whole activation
	sakISO4    = 0x20 // speaks ISO/IEC 14443-4
)

// cascadeTag begins a part of a UID that goes on, and therefore no single-size UID.
const cascadeTag = 0x88

var (
	errCascade = errors.New("the card was not selected to the end of its UID")
	errTriple  = errors.New("a UID of 10 bytes that the ATQA does not announce")
)

// Check tells whether a target can be what a card said. A reader, a cable or a
// driver that went wrong shows here; nil doesn't prove that all went well.
func (t Target) Check() error {
	switch {
	case !attendance.ValidUID(t.UID):
		return fmt.Errorf("a UID of %d bytes", len(t.UID))
	case t.SAK&sakCascade != 0:
		return errCascade
	case len(t.UID) == 4 && t.UID[0] == cascadeTag:
		return errCascade
	case len(t.UID) == 10 && t.announced() != 10:
		// libnfc shortens any longer length to 10.
		return errTriple
	default:
		return nil
	}
}

// Doubtful tells that a target passes Check but should be read a second time
// before it is believed: its ATQA announces a UID of another size. That happens
// with sound cards too, when two of them answer at once.
func (t Target) Doubtful() bool { return t.announced() != len(t.UID) }

// announced returns the length of the UID by bits 8 and 7 of the ATQA, 0 for the
// reserved value.
func (t Target) announced() int {
	switch t.ATQA[1] >> 6 {
	case 0:
		return 4
	case 1:
		return 7
	case 2:
		return 10
	default:
		return 0
	}
}
