package store

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"muster/access"
	"muster/attendance"
)

// What is taken in as a name, an address or a number stays as it is when it
// comes in again, and can't garble a list, a log or a mail.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		"Anna", " Jürgen  Müller ", "Mu\u0308ller", "a@b.example", "\"a b\"@c.example", "E-17", "\u202eevil", "a\r\nb", "\xff", "\u0000", strings.Repeat("é", 200),
		"\u200b", "👩‍👩‍👧", "\u2028", "a@[127.0.0.1]", "a@b@c", "Ⅷ", "٣٤",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, email, number := s, s, s
		if clean("x", &name, maxName) == nil {
			again := name
			if err := clean("x", &again, maxName); err != nil || again != name {
				t.Errorf("%q becomes %q, then %q (%v)", s, name, again, err)
			}
			if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) ||
				strings.TrimSpace(name) != name || strings.Contains(name, "  ") {
				t.Errorf("taken in: %q", name)
			}
		}
		if cleanEmail(&email) == nil {
			if again := email; cleanEmail(&again) != nil || again != email || strings.Count(email, "@") != 1 || strings.ContainsAny(email, " \r\n<>,") {
				t.Errorf("taken in: %q", email)
			}
		}
		if cleanNumber(&number) == nil && strings.ContainsFunc(number, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' }) {
			t.Errorf("taken in: %q", number)
		}
		_ = fold(s)
		_ = sortKey(attendance.Profile{FirstName: s, LastName: s})
		if c, err := parseCursor("x", s); err == nil {
			if back, err := parseCursor("x", c.String()); err != nil || back.ID != c.ID || back.At != c.At {
				t.Errorf("%+v becomes %+v (%v)", c, back, err)
			}
		}
	})
}

func TestZones(t *testing.T) {
	t.Parallel()
	for zone, problem := range map[string]string{
		"Europe/Berlin": "", " UTC ": "", "America/Argentina/Buenos_Aires": "",
		"": access.Required, "Local": access.UnknownZone, "Europe": access.UnknownZone, "../UTC": access.UnknownZone, "/etc/localtime": access.UnknownZone,
		"europe\x00": access.UnknownZone,
	} {
		z := zone
		if err := cleanZone(&z); problem == "" && err != nil || problem != "" && err != (access.Invalid{Field: "time_zone", Problem: problem}) {
			t.Errorf("%q: %v, want %q", zone, err, problem)
		}
	}
}
