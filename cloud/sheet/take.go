package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	scientific = regexp.MustCompile(`^[+]?[0-9](?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$`)
	grouped    = regexp.MustCompile(`^[0-9]{1,3}(?:[., '’\x{a0}\x{202f}][0-9]{3})+$`)
	whole      = regexp.MustCompile(`^([0-9]+)\.0+$`)
)

// take makes one cell's text, or says what is wrong with it.
func take(src source, c Column, line int, given string) (string, Code) {
	text := unguard(tidy(given))
	switch {
	case len(text) > MaxCell && utf8.RuneCountInString(text) > MaxCell:
		if strings.Count(text, "\n") > 3 {
			return "", UnclosedQuote
		}
		return "", LongCell
	case failed(text):
		return "", ErrorCell
	case strings.ContainsRune(text, utf8.RuneError):
		return text, Unreadable
	}
	switch c.Field {
	case Phone, Number, ExternalID:
		return number(src, c, line, text)
	default:
		return text, ""
	}
}

// number undoes what a spreadsheet does to digits that are no quantity:
// 4917612345678 shown as 4.91761E+12, 1234 shown as 1,234 or stored as 1234.0.
func number(src source, c Column, line int, text string) (string, Code) {
	if strings.Trim(text, "+0123456789") == "" || !strings.ContainsAny(text[:1], "+0123456789") {
		return text, "" // nothing but digits, or no quantity
	}
	short := scientific.FindStringSubmatch(text)
	if short == nil && !(c.Field != Phone && grouped.MatchString(text)) {
		if m := whole.FindStringSubmatch(text); m != nil {
			return m[1], ""
		}
		return text, ""
	}
	if exact, ok := src.exact(line, c.Place); ok {
		if digits, ok := integer(exact); ok {
			return digits, ""
		}
	}
	if short == nil {
		return text, ""
	}
	if digits, ok := integer(text); ok {
		return digits, ""
	}
	// An id such as 1E5 is somebody's; only a shortened number has digits to lose.
	if c.Field == Phone || short[1] != "" {
		return text, RoundedNumber
	}
	return text, ""
}

// integer writes out a stored number when nothing of it is lost: all its digits
// are there.
func integer(text string) (string, bool) {
	text = strings.Replace(text, ",", ".", 1)
	if m := scientific.FindStringSubmatch(text); m != nil {
		if exponent, err := strconv.Atoi(m[2]); err != nil || len(m[1]) < exponent || exponent == 0 || exponent > 15 {
			return "", false
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 || f >= 1<<53 || f != float64(int64(f)) {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}
