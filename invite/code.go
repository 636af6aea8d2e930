package invite

import (
	"crypto/rand"
	"strings"
)

// codeLetters are those of an access code: no letter that looks like another, no
// vowel that could make a word.
const codeLetters = "23456789BCDFGHJKMNPQRTVWXYZ"

// codeLength is in characters: 27 to the power of 11 are 55 bits, which nobody
// guesses through a lock after five wrong ones.
const codeLength = 11

// NewCode draws an access code.
func NewCode() string {
	b := make([]byte, 0, codeLength)
	one := make([]byte, 1)
	for len(b) < codeLength {
		_, _ = rand.Read(one) // never fails since Go 1.24: it ends the program instead
		// 243 is the largest multiple of 27 in a byte: beyond it some letters would
		// come more often.
		if one[0] < 243 {
			b = append(b, codeLetters[int(one[0])%len(codeLetters)])
		}
	}
	return string(b)
}

// FormatCode groups a code for reading: K7QM-X94T-RBC.
func FormatCode(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ParseCode returns a code as it was drawn from what somebody typed, in any case,
// with or without hyphens and spaces; empty: it can't be one.
func ParseCode(typed string) string {
	code := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\u2013' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
	if len(code) != codeLength || strings.Trim(code, codeLetters) != "" {
		return ""
	}
	return code
}
