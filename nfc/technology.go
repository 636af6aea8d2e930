package nfc

import "bytes"

// Names of technologies as the console shows them. Several products answer alike
// (NXP AN10833 says so itself), so a name is a good guess and never a proof.
const (
	Ultralight    = "MIFARE Ultralight or NTAG"
	ClassicMini   = "MIFARE Classic Mini"
	Classic1K     = "MIFARE Classic 1K"
	Classic4K     = "MIFARE Classic 4K"
	Plus2K        = "MIFARE Plus 2K"
	Plus4K        = "MIFARE Plus 4K"
	Plus          = "MIFARE Plus"
	DESFire       = "MIFARE DESFire"
	SmartMX1K     = "ISO 14443-4 with MIFARE Classic 1K"
	SmartMX4K     = "ISO 14443-4 with MIFARE Classic 4K"
	ISO14443Part4 = "ISO 14443-4"
	NFCDEP        = "NFC-DEP"
	RandomNumber  = "random number (phone or passport)"
	ISO14443A     = "ISO 14443A"
)

// Historical bytes of the ATS by which NXP tells its products apart (AN10833).
var (
	desfireHistory = []byte{0x80}
	plusHistory    = []byte{0xC1, 0x05, 0x2F, 0x2F} // type identification of MIFARE Plus
)

// Name says what a card seems to be, out of what it answered while it was
// activated; the type identification procedure of NXP AN10833.
func Name(t Target) string {
	if len(t.UID) == 4 && t.UID[0] == 0x08 {
		return RandomNumber
	}
	switch t.SAK {
	case 0x00:
		return Ultralight
	case 0x09:
		return ClassicMini
	case 0x08, 0x88: // 88: made by Infineon
		return Classic1K
	case 0x18:
		return Classic4K
	case 0x10:
		return Plus2K
	case 0x11:
		return Plus4K
	case 0x28:
		return SmartMX1K
	case 0x38:
		return SmartMX4K
	}
	switch {
	case t.SAK&sakISO4 != 0:
		return nameISO4(t)
	case t.SAK&0x40 != 0:
		return NFCDEP
	default:
		return ISO14443A
	}
}

func nameISO4(t Target) string {
	h := History(t.ATS)
	switch {
	case bytes.HasPrefix(h, plusHistory):
		return Plus
	case t.ATQA == [2]byte{0x03, 0x44} && bytes.Equal(h, desfireHistory):
		return DESFire
	default:
		return ISO14443Part4
	}
}

// History returns the historical bytes of an ATS (given without its length
// byte), nil where there are none or the ATS is cut short.
func History(ats []byte) []byte {
	if len(ats) == 0 {
		return nil
	}
	i := 1
	for bit := byte(0x10); bit <= 0x40; bit <<= 1 { // TA(1), TB(1), TC(1) where T0 announces them
		if ats[0]&bit != 0 {
			i++
		}
	}
	if i >= len(ats) {
		return nil
	}
	return ats[i:]
}
