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

// plainLetters are those that are no other letter with a mark on it, by what is
// typed where the keyboard doesn't have them. Case is folded before; that makes ss
// of ß, too.
var plainLetters = strings.NewReplacer("ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ŧ", "t", "ı", "i")

// fold takes away what people leave out when they search: case, accents, and the
// strokes of letters.
func fold(s string) string {
	s = plainLetters.Replace(norm.NFKD.String(cases.Fold().String(s)))
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
