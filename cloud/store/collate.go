package store

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"muster/attendance"
)

// A collator keeps state, so each goroutine borrows one.
var collators = sync.Pool{New: func() any { return collate.New(language.Und) }}

// sortKey returns bytes by which people come in the order of last name, first
// name as readers expect it: Ärmel beside Arm, upper and lower case together,
// Cyrillic after Latin (the Unicode root collation).
func sortKey(p attendance.Profile) []byte {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	var b collate.Buffer
	key := append([]byte(nil), c.KeyFromString(&b, p.LastName)...)
	b.Reset()
	return append(append(key, 0, 0, 0, 0), c.KeyFromString(&b, p.FirstName)...)
}

// fold takes away what people leave out when they search: case and accents.
func fold(s string) string {
	s = norm.NFKD.String(cases.Fold().String(s))
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s))
}

// searchText is what a search looks through for a person.
func searchText(p attendance.Profile) string {
	return fold(p.FirstName + " " + p.LastName + " " + p.Number)
}
