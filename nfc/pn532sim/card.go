package pn532sim

import (
	"bytes"
	"crypto/rand"
	"fmt"
)

// Card is a card that can be put on the reader. Make one with Classic, NTAG,
// SmartCard or Phone; a Card belongs to one Chip at a time.
type Card struct {
	uid    []byte
	random bool // draws a new UID whenever it is powered
	atqa   [2]byte
	sak    byte
	ats    []byte // without its length byte; nil: not ISO 14443-4
	memory memory
	applet Applet
}

// memory answers what a card without ISO/IEC 14443-4 is asked. status is the
// chip's: 00 done, 01 no answer, 14 authentication failed.
type memory interface {
	exchange(command []byte) (status byte, answer []byte)
	power() // the field came on
}

// Classic is a MIFARE Classic 1K with a UID of 4 or 7 bytes. Its sectors are
// blank and open with the transport key FF FF FF FF FF FF.
func Classic(uid []byte) (*Card, error) {
	if len(uid) != 4 && len(uid) != 7 {
		return nil, fmt.Errorf("MIFARE Classic has a UID of 4 or 7 bytes, not %d", len(uid))
	}
	return newCard(uid, &Card{atqa: atqaFor(uid, 0x04), sak: 0x08, memory: newClassicMemory(uid)})
}

// NTAG is an NTAG213 with a UID of 7 bytes, readable without a key.
func NTAG(uid []byte) (*Card, error) {
	if len(uid) != 7 {
		return nil, fmt.Errorf("an NTAG has a UID of 7 bytes, not %d", len(uid))
	}
	return newCard(uid, &Card{atqa: atqaFor(uid, 0x04), sak: 0x00, memory: newTagMemory(uid)})
}

// SmartCard is an ISO/IEC 14443-4 card with a UID of 4, 7 or 10 bytes and an
// applet behind it.
func SmartCard(uid []byte, applet Applet) (*Card, error) {
	return newCard(uid, &Card{
		atqa: atqaFor(uid, 0x04), sak: 0x20,
		ats: []byte{0x78, 0x80, 0x70, 0x02, 'M', 'U', 'S', 'T', 'E', 'R'}, applet: applet,
	})
}

// Phone is an ISO/IEC 14443-4 card that shows a new random UID, 08 and three
// bytes, each time it comes into the field.
func Phone(applet Applet) *Card {
	c := &Card{random: true, atqa: [2]byte{0x00, 0x04}, sak: 0x20, ats: []byte{0x78, 0x80, 0x70, 0x02}, applet: applet}
	c.power()
	return c
}

func newCard(uid []byte, c *Card) (*Card, error) {
	switch len(uid) {
	case 4, 7, 10:
		c.uid = bytes.Clone(uid)
		return c, nil
	default:
		return nil, fmt.Errorf("a UID has 4, 7 or 10 bytes, not %d", len(uid))
	}
}

// atqaFor puts the size of the UID into the low byte.
func atqaFor(uid []byte, low byte) [2]byte {
	switch len(uid) {
	case 7:
		low |= 0x40
	case 10:
		low |= 0x80
	}
	return [2]byte{0x00, low}
}

// UID returns the number the card shows now. That of a Phone on a Reader changes
// under way: there, ask Reader.State.
func (c *Card) UID() []byte { return bytes.Clone(c.uid) }

// power is the card coming into a field: ISO/IEC 14443-3 has a random UID drawn
// at the step from POWER OFF to IDLE.
func (c *Card) power() {
	if c.random {
		uid := make([]byte, 4)
		_, _ = rand.Read(uid[1:])
		uid[0] = 0x08
		c.uid = uid
	}
	if c.memory != nil {
		c.memory.power()
	}
	if c.applet != nil {
		c.applet.Reset()
	}
}

// targetData is how InListPassiveTarget describes the card after the target
// number (UM0701-02, 7.3.5).
func (c *Card) targetData() []byte {
	out := []byte{c.atqa[0], c.atqa[1], c.sak, byte(len(c.uid))}
	out = append(out, c.uid...)
	if c.ats != nil {
		out = append(out, byte(len(c.ats)+1))
		out = append(out, c.ats...)
	}
	return out
}

// exchange passes one command to the card.
func (c *Card) exchange(command []byte) (status byte, answer []byte) {
	switch {
	case c.applet != nil:
		return statusOK, c.applet.Process(command)
	case c.memory != nil:
		return c.memory.exchange(command)
	default:
		return statusTimeout, nil
	}
}
