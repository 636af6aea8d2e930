package pn532sim

import "bytes"

// Commands of cards without ISO/IEC 14443-4, as the host gives them to the chip.
const (
	cardRead  = 0x30 // 16 bytes from a page or block
	cardAuthA = 0x60 // block, key (6), first four bytes of the UID
	cardAuthB = 0x61
)

// tagMemory is that of an NTAG213: 45 pages of 4 bytes.
type tagMemory struct {
	pages [45 * 4]byte
}

func newTagMemory(uid []byte) *tagMemory {
	m := &tagMemory{}
	copy(m.pages[0:3], uid[:3])
	m.pages[3] = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
	copy(m.pages[4:8], uid[3:])
	m.pages[8] = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
	copy(m.pages[12:], []byte{0xE1, 0x10, 0x12, 0x00}) // capability container
	copy(m.pages[16:], []byte{0x03, 0x00, 0xFE})       // an empty NDEF message
	return m
}

func (m *tagMemory) power() {}

func (m *tagMemory) exchange(command []byte) (byte, []byte) {
	if len(command) != 2 || command[0] != cardRead || int(command[1])*4 >= len(m.pages) {
		return statusTimeout, nil
	}
	out := make([]byte, 16)
	for i := range out { // a read past the last page goes on with the first
		out[i] = m.pages[(int(command[1])*4+i)%len(m.pages)]
	}
	return statusOK, out
}

// classicMemory is that of a MIFARE Classic 1K: 64 blocks of 16 bytes, each
// sector of four behind a key.
type classicMemory struct {
	blocks [64][16]byte
	uid    []byte
	sector int // which is open; -1: none
}

var transportKey = []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}

func newClassicMemory(uid []byte) *classicMemory {
	m := &classicMemory{uid: bytes.Clone(uid), sector: -1}
	copy(m.blocks[0][:], uid)
	return m
}

func (m *classicMemory) power() { m.sector = -1 }

func (m *classicMemory) exchange(command []byte) (byte, []byte) {
	if len(command) < 2 || int(command[1]) >= len(m.blocks) {
		return statusTimeout, nil
	}
	block := int(command[1])
	switch command[0] {
	case cardAuthA, cardAuthB:
		m.sector = -1
		// Cards with 7 bytes authenticate with the last four (NXP AN10927).
		if len(command) != 12 || !bytes.Equal(command[2:8], transportKey) || !bytes.Equal(command[8:12], m.uid[len(m.uid)-4:]) {
			return statusAuth, nil
		}
		m.sector = block / 4
		return statusOK, nil
	case cardRead:
		if m.sector != block/4 {
			return statusTimeout, nil
		}
		return statusOK, bytes.Clone(m.blocks[block][:])
	default:
		return statusTimeout, nil
	}
}
