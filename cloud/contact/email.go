package contact

import (
	"net/mail"
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"muster/invite"
)

// Limits of RFC 5321, in bytes.
const (
	longestLocal   = 64
	longestAddress = 254
)

// Email makes an address as it is stored out of what was given: no spaces, no
// name around it, the domain in lower case and ASCII. The part before the @ is
// kept as written, because only the receiving server knows whether case matters
// there. Nothing given is nothing refused: the result is empty.
func Email(given string) (string, *invite.Refusal) {
	text := unwrap(clean(given))
	if text == "" {
		if clean(given) == "" {
			return "", nil
		}
		return "", &invite.Refusal{Reason: invite.BadAddress, Given: given}
	}
	if address, ok := address(text); ok {
		return address, nil
	}
	return "", &invite.Refusal{Reason: invite.BadAddress, Given: given, Suggestion: meantAddress(text)}
}

// unwrap takes an address out of the forms that mail programs copy: a name with
// the address in angle brackets, a mailto link, quotes, a separator at the end.
func unwrap(text string) string {
	text = strings.TrimRight(text, " ,;.")
	if strings.HasSuffix(text, ">") {
		if parsed, err := mail.ParseAddress(text); err == nil {
			text = parsed.Address
		} else if open := strings.LastIndexByte(text, '<'); open >= 0 && strings.Count(text, "<") == 1 {
			text = text[open+1 : len(text)-1]
		}
	}
	text = strings.Trim(text, " '\"")
	if len(text) >= 7 && strings.EqualFold(text[:7], "mailto:") {
		text, _, _ = strings.Cut(text[7:], "?")
	}
	text = strings.TrimRight(text, " ,;.")
	return strings.Trim(text, " '\"")
}

// address checks one bare address. Quoted local parts and address literals are
// lawful in mail and a mistake in a list of employees.
func address(text string) (string, bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 1 || len(text) > 4*longestAddress {
		return "", false
	}
	local, domain := text[:at], text[at+1:]
	if len(local) > longestLocal || !plain(local) || strings.ContainsAny(local, " \"(),:;<>@[]\\") {
		return "", false
	}
	domain, ok := Domain(domain)
	if !ok || len(local)+1+len(domain) > longestAddress {
		return "", false
	}
	address := local + "@" + domain
	if wordsWithDots(local) {
		return address, true // which every parser takes for itself
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return "", false
	}
	return address, true
}

// Domain makes a mail domain as it is stored: lower case, ASCII. It tells false
// for what can't be one: no dot, a numeric address, letters of two scripts in one
// label (a Cyrillic letter that looks like a Latin one).
func Domain(given string) (string, bool) {
	given = strings.TrimSuffix(given, ".")
	if given == "" || len(given) > 4*longestAddress {
		return "", false
	}
	if plainDomain(given) {
		return given, true
	}
	for label := range strings.SplitSeq(given, ".") {
		if mixed(label) {
			return "", false
		}
	}
	ascii, err := idna.Lookup.ToASCII(given)
	if err != nil || len(ascii) > 253 || !strings.Contains(ascii, ".") {
		return "", false
	}
	if _, err := netip.ParseAddr(ascii); err == nil {
		return "", false
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, allowed) != "" {
			return "", false
		}
	}
	top := labels[len(labels)-1]
	return ascii, len(top) >= 2 && strings.Trim(top, "0123456789") != ""
}

const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"

func mixed(text string) bool {
	var latin, cyrillic bool
	for _, r := range text {
		latin = latin || unicode.Is(unicode.Latin, r)
		cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, r)
	}
	return latin && cyrillic
}

// wordsWithDots tells whether a local part is of the plainest form.
func wordsWithDots(local string) bool {
	before := byte('.')
	for i := range len(local) {
		b := local[i]
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && b != '-' && b != '_' && (b != '.' || before == '.') {
			return false
		}
		before = b
	}
	return before != '.'
}

// plainDomain tells at a glance that a domain is one, in the form in which it is
// stored: words of small letters and digits, of which the last is of letters. Nothing
// of IDNA applies to it.
func plainDomain(domain string) bool {
	words, word := 0, 0 // word: letters of the one at hand
	for i := range len(domain) {
		switch b := domain[i]; {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9':
			word++
		case b == '.' && word > 0:
			words, word = words+1, 0
		default:
			return false
		}
		if word > 63 {
			return false
		}
	}
	last := domain[len(domain)-word:]
	return words > 0 && len(last) >= 2 && len(domain) <= 253 && strings.Trim(last, "abcdefghijklmnopqrstuvwxyz") == ""
}
