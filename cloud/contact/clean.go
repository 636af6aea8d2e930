package contact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean takes away what can't be seen: soft hyphens, zero-width and direction
// marks, control characters. Each kind of space becomes a plain one, full-width
// signs become plain signs, and the ends are trimmed.
func clean(given string) string {
	if plain(given) {
		return strings.Trim(given, " ")
	}
	mapped := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == 0x034f, r == 0x115f, r == 0x3164:
			return -1
		case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
			return r - 0xfee0
		case unicode.Is(unicode.Pd, r), r == 0x2212:
			return '-'
		case r == '\u2018', r == '\u2019':
			return '\''
		default:
			return r
		}
	}, strings.ToValidUTF8(given, "\ufffd"))
	return strings.Trim(norm.NFC.String(mapped), " ")
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
