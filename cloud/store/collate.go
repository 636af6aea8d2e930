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

// A collator keeps state, and its buffer is large, so each goroutine borrows them.
var collators = sync.Pool{New: func() any { return &collator{order: collate.New(language.Und)} }}

type collator struct {
	order  *collate.Collator
	buffer collate.Buffer
}

func (c *collator) key(s string) []byte {
	c.buffer.Reset()
	return c.order.KeyFromString(&c.buffer, s)
}

// sortKey returns bytes by which people come in the order of last name, first
// name as readers expect it: Ärmel beside Arm, upper and lower case together,
// Cyrillic after Latin (the Unicode root collation).
func sortKey(p attendance.Profile) []byte {
	c := collators.Get().(*collator)
	defer collators.Put(c)
	key := append(make([]byte, 0, 96), c.key(p.LastName)...)
	return append(append(key, 0, 0, 0, 0), c.key(p.FirstName)...)
}

// plainLetters are those that are no other letter with a mark on it, by what is
// typed where the keyboard doesn't have them. Case is folded before; that makes ss
// of ß, too.
var plainLetters = strings.NewReplacer("ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ŧ", "t", "ı", "i")

// fold takes away what people leave out when they search: case, accents, and the
// strokes of letters.
func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
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
