package nfc_test

import (
	"encoding/hex"
	"testing"

	"muster/nfc"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		uid  string
		atqa [2]byte
		sak  byte
		ats  string
		want string
	}{
		{"04a1b2c3d4e580", [2]byte{0, 0x44}, 0x00, "", nfc.Ultralight},
		{"3a5b7c9d", [2]byte{0, 0x04}, 0x08, "", nfc.Classic1K},
		{"3a5b7c9d", [2]byte{0, 0x04}, 0x88, "", nfc.Classic1K},
		{"04a1b2c3d4e580", [2]byte{0, 0x42}, 0x18, "", nfc.Classic4K},
		{"3a5b7c9d", [2]byte{0, 0x04}, 0x09, "", nfc.ClassicMini},
		{"04a1b2c3d4e580", [2]byte{0x03, 0x44}, 0x20, "7577810280", nfc.DESFire},
		{"04a1b2c3d4e580", [2]byte{0x00, 0x44}, 0x20, "757784024dc1052f2f01bcd6", nfc.ISO14443Part4},
		{"04a1b2c3d4e580", [2]byte{0x00, 0x42}, 0x20, "75778402c1052f2f01bcd6", nfc.Plus},
		{"04a1b2c3d4e580", [2]byte{0x00, 0x44}, 0x20, "", nfc.ISO14443Part4},
		{"04a1b2c3", [2]byte{0x00, 0x04}, 0x28, "7833d0", nfc.SmartMX1K},
		{"04a1b2c3", [2]byte{0x00, 0x04}, 0x40, "", nfc.NFCDEP},
		{"04a1b2c3", [2]byte{0x00, 0x04}, 0x02, "", nfc.ISO14443A},
		{"08a1b2c3", [2]byte{0x00, 0x04}, 0x20, "7577810280", nfc.RandomNumber},
	} {
		got := nfc.Name(nfc.Target{UID: unhex(c.uid), ATQA: c.atqa, SAK: c.sak, ATS: unhex(c.ats)})
		if got != c.want {
			t.Errorf("Name(uid %s, atqa %x, sak %02x, ats %s) = %q, want %q", c.uid, c.atqa, c.sak, c.ats, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		target   nfc.Target
		ok       bool
		doubtful bool
	}{
		{"single size", nfc.Target{UID: unhex("01020304"), ATQA: [2]byte{0, 0x04}, SAK: 0x08}, true, false},
		{"double size", nfc.Target{UID: unhex("04020304050607"), ATQA: [2]byte{0, 0x44}}, true, false},
		{"triple size", nfc.Target{UID: unhex("04020304050607080910"), ATQA: [2]byte{0, 0x84}}, true, false},
		{"two cards answered at once", nfc.Target{UID: unhex("01020304"), ATQA: [2]byte{0, 0x44}}, true, true},
		{"reserved size", nfc.Target{UID: unhex("01020304"), ATQA: [2]byte{0, 0xC4}}, true, true},
		{"no UID", nfc.Target{ATQA: [2]byte{0, 0x04}}, false, true},
		{"length no standard knows", nfc.Target{UID: unhex("0102030405"), ATQA: [2]byte{0, 0x04}}, false, true},
		{"longer length shortened by libnfc", nfc.Target{UID: unhex("04020304050607080910"), ATQA: [2]byte{0, 0x44}}, false, true},
		{"UID goes on", nfc.Target{UID: unhex("01020304"), ATQA: [2]byte{0, 0x04}, SAK: 0x04}, false, false},
		{"cascade tag as UID", nfc.Target{UID: unhex("88020304"), ATQA: [2]byte{0, 0x04}}, false, false},
	} {
		if err := c.target.Check(); (err == nil) != c.ok {
			t.Errorf("%s: Check = %v, want ok %v", c.name, err, c.ok)
		}
		if got := c.target.Doubtful(); got != c.doubtful {
			t.Errorf("%s: Doubtful = %v, want %v", c.name, got, c.doubtful)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	for ats, want := range map[string]string{
		"":           "",
		"75":         "",
		"7577":       "",
		"757781":     "",
		"75778102":   "",
		"7577810280": "80",
		"00c1":       "c1",
		"20ab31":     "31",
	} {
		if got := hex.EncodeToString(nfc.History(unhex(ats))); got != want {
			t.Errorf("History(%s) = %s, want %s", ats, got, want)
		}
	}
}
