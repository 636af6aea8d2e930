package store

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked against the same list on every machine
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"muster/access"
	"muster/attendance"
)

// The longest texts that are taken in, in characters.
const (
	maxName   = 100
	maxEmail  = 254 // RFC 5321, without the angle brackets
	maxNumber = 20
)

// clean brings text into the one form it is kept in: normalised, no space at the
// ends, single spaces inside. Control characters, line breaks and characters that
// turn the direction of writing are refused: they make one name look like another.
func clean(field string, s *string, limit int) error {
	if len(*s) <= limit && inForm(*s) {
		return nil
	}
	if !utf8.ValidString(*s) {
		return access.Invalid{Field: field, Problem: access.Malformed}
	}
	if len(*s) > 8*limit {
		return access.Invalid{Field: field, Problem: access.TooLong}
	}
	*s = norm.NFC.String(strings.Trim(*s, " \u00a0\t\r\n"))
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError ||
			unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
	}
	if strings.ContainsFunc(*s, bad) {
		return access.Invalid{Field: field, Problem: access.Malformed}
	}
	*s = strings.Join(strings.Fields(*s), " ")
	if utf8.RuneCountInString(*s) > limit {
		return access.Invalid{Field: field, Problem: access.TooLong}
	}
	return nil
}

// inForm tells at a glance whether a text is in that form already: signs of ASCII,
// and single spaces between them.
func inForm(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && before == ' ' {
			return false
		}
		before = s[i]
	}
	return before != ' ' || s == ""
}

// require is clean for a field that can't be left empty.
func require(field string, s *string, limit int) error {
	if err := clean(field, s, limit); err != nil {
		return err
	}
	if *s == "" {
		return access.Invalid{Field: field, Problem: access.Required}
	}
	return nil
}

// cleanEmail checks an address and puts it into lower case, the form in which
// two addresses are compared.
func cleanEmail(s *string) error {
	if err := require("email", s, maxEmail); err != nil {
		return err
	}
	if dotted(*s) {
		*s = strings.ToLower(*s)
		return nil
	}
	a, err := mail.ParseAddress(*s)
	if err != nil || a.Address != *s || strings.ContainsAny(*s, " \"<>(),:;\\") {
		return access.Invalid{Field: "email", Problem: access.Malformed}
	}
	*s = strings.ToLower(*s)
	return nil
}

// dotted tells whether an address is of the plainest form, words with dots between
// them on both sides of the @: mail.ParseAddress takes each of those for itself.
func dotted(address string) bool {
	var before byte = '.'
	at := false
	for i := range len(address) {
		b := address[i]
		switch {
		case b == '.' || b == '@':
			if before == '.' || b == '@' && at {
				return false
			}
			if at = at || b == '@'; b == '@' {
				b = '.' // no dot behind it either
			}
		case b|0x20 >= 'a' && b|0x20 <= 'z', b >= '0' && b <= '9', b == '-', b == '_', b == '+':
		default:
			return false
		}
		before = b
	}
	return at && before != '.'
}

// cleanLanguage checks a language; empty stays empty.
func cleanLanguage(s *string) error {
	if *s = strings.TrimSpace(*s); *s != "" && !slices.Contains(attendance.Languages, *s) {
		return access.Invalid{Field: "language", Problem: access.Unknown}
	}
	return nil
}

// cleanZone checks the name of a time zone. The machine's own zone ("Local") and
// the empty name mean something else on each machine, so neither is one.
func cleanZone(s *string) error {
	if *s = strings.TrimSpace(*s); *s == "" {
		return access.Invalid{Field: "time_zone", Problem: access.Required}
	}
	if _, err := time.LoadLocation(*s); err != nil || *s == "Local" {
		return access.Invalid{Field: "time_zone", Problem: access.UnknownZone}
	}
	return nil
}

// cleanNumber checks a Muster ID that somebody chose: what can be said on the
// telephone and typed on any keyboard.
func cleanNumber(s *string) error {
	if err := clean("number", s, maxNumber); err != nil {
		return err
	}
	for _, r := range *s {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._/", r) {
			return access.Invalid{Field: "number", Problem: access.Malformed}
		}
	}
	return nil
}

// cleanSites sorts sites and drops what is named twice.
func cleanSites(sites []attendance.SiteID) ([]attendance.SiteID, error) {
	for _, s := range sites {
		if _, err := attendance.ParseID[attendance.SiteID](string(s)); err != nil {
			return nil, access.Invalid{Field: "sites", Problem: access.Unknown}
		}
	}
	sites = slices.Clone(sites)
	slices.Sort(sites)
	return slices.Compact(sites), nil
}

// first returns the first error of several checks.
func first(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}
