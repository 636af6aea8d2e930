package contact

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"muster/invite"
)

// longestPhone bounds what is looked at, in bytes.
const longestPhone = 80

var (
	label      = regexp.MustCompile(`(?i)^(?:tel(?:efon|ephone)?|phone|mobile?|mobil|handy|cell|fax|privat|dienstl(?:ich)?|тел(?:ефон)?|моб(?:ильный)?|сот)\.?\s*:?\s*`)
	note       = regexp.MustCompile(`\s*\((?:[^()0-9]*)\)\s*$`)
	floated    = regexp.MustCompile(`^(\+?[0-9 ]+)[.,]0{1,2}$`)
	scientific = regexp.MustCompile(`^(\+?)([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$`)
	extension  = regexp.MustCompile(`(?i)\s*(?:;?ext\.?=?|x|доб\.?|durchwahl)\s*[0-9]{1,6}$`)
	several    = regexp.MustCompile(`\s*(?:[;|,\n]|/\s*\+|\s/\s|\s(?:oder|or|или)\s)\s*`)
	// trunkZero is the zero that is dialled inside a country only; Italy's and a
	// few others' belong to the number, and the library knows whose.
	trunkZero = strings.NewReplacer("(0)", " ")
)

// Phone makes a number in E.164 out of what was given. region is the
// organisation's country in two letters ("RU"), or empty; it only guesses what a
// number without a country code meant. Such a number is refused, because a guess
// may reach a stranger. Nothing given is nothing refused: the result is empty.
func Phone(given, region string) (string, *invite.Refusal) {
	text := clean(given)
	if text == "" {
		return "", nil
	}
	if len(text) > longestPhone {
		return "", &invite.Refusal{Reason: invite.BadNumber, Given: given}
	}
	number, reason, suggestion := one(text, strings.ToUpper(region))
	if reason == "" {
		return number, nil
	}
	if parts := several.Split(text, -1); len(parts) > 1 && suggestion == "" { // two numbers in one cell: the first
		for _, part := range parts {
			first, _, meant := one(part, strings.ToUpper(region))
			if suggestion = first + meant; suggestion != "" {
				reason = invite.BadNumber
				break
			}
		}
	}
	return "", &invite.Refusal{Reason: reason, Given: given, Suggestion: suggestion}
}

// one reads one number; without a reason it is good.
func one(text, region string) (number string, reason invite.Reason, suggestion string) {
	digits, ok := bare(text)
	if !ok { // also a rounded one, whose last digits nobody can guess
		return "", invite.BadNumber, ""
	}
	if strings.HasPrefix(digits, "+") {
		if number, ok := parse(digits, ""); ok {
			return number, "", ""
		}
		return "", invite.BadNumber, meantNumber(digits, region)
	}
	if number, ok := withoutPlus(digits, region); ok {
		return number, "", ""
	}
	if meant := meantNumber(digits, region); meant != "" {
		return "", invite.NoCountryCode, meant
	}
	// Of another country, perhaps: a number of so many digits is somebody's somewhere.
	if n := len(digits); n <= 15 && (n >= 10 || region == "" && n >= 6) {
		return "", invite.NoCountryCode, ""
	}
	return "", invite.BadNumber, ""
}

// Rounded tells whether a spreadsheet has shortened a number for display and lost
// its last digits, as in 4.91761E+12.
func Rounded(given string) bool {
	m := scientific.FindStringSubmatch(strings.TrimLeft(clean(given), "'"))
	return m != nil && len(m[3]) < exponent(m[4])
}

// bare keeps digits and a leading plus; 00 and 011 before a country become a
// plus. It tells false when something else is in the text.
func bare(text string) (string, bool) {
	text = strings.TrimLeft(text, "'` ")
	text = strings.TrimPrefix(text, "=") // ="+49…", how some keep Excel from counting
	text = strings.Trim(text, "\"' ")
	if len(text) > 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	if strings.Trim(text, "+0123456789 -") != "" { // else there is nothing to take off
		var whole bool
		if text, whole = stripped(text); !whole {
			return "", false
		}
	}
	plus := strings.HasPrefix(strings.TrimLeft(text, "( "), "+")
	if plus || strings.HasPrefix(text, "00") {
		text = trunkZero.Replace(text)
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case unicode.IsDigit(r):
			return "", false
		case strings.ContainsRune(" -./()[]_·+\\", r):
		default:
			return "", false
		}
	}
	digits := out.String()
	switch {
	case digits == "" || strings.Count(text, "+") > 1 || strings.Contains(text, "+") && !plus:
		return "", false
	case plus:
		return "+" + strings.TrimPrefix(digits, "00"), true
	case strings.HasPrefix(digits, "00") && !strings.HasPrefix(digits, "000"):
		return "+" + digits[2:], true
	default:
		return digits, true
	}
}

// stripped takes off what people and spreadsheets write around a number; false is a
// number that has lost digits.
func stripped(text string) (string, bool) {
	text = note.ReplaceAllString(label.ReplaceAllString(text, ""), "")
	text = extension.ReplaceAllString(text, "")
	if m := scientific.FindStringSubmatch(text); m != nil {
		zeros := exponent(m[4]) - len(m[3])
		if zeros != 0 { // 4.9e+10 is a rounded number; 4.917612345678E+12 lost nothing
			return "", false
		}
		text = m[1] + m[2] + m[3]
	}
	if m := floated.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	return text, true
}

func exponent(text string) int {
	n := 0
	for _, r := range text {
		n = 10*n + int(r-'0')
	}
	return n
}

// parse tells the number in E.164 if the numbering plan has it and a message to
// it can't be made to cost more than a message.
func parse(digits, region string) (string, bool) {
	if number, ok := direct(digits); ok {
		if _, ok := planned(number); ok {
			return digits, true
		}
	}
	number, err := phonenumbers.Parse(digits, region)
	if err != nil {
		return "", false
	}
	return planned(number)
}

func planned(number *phonenumbers.PhoneNumber) (string, bool) {
	switch phonenumbers.GetNumberType(number) { // UNKNOWN: no plan has it
	case phonenumbers.UNKNOWN, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.TOLL_FREE, phonenumbers.VOICEMAIL, phonenumbers.UAN, phonenumbers.PAGER:
		return "", false
	default:
		return phonenumbers.Format(number, phonenumbers.E164), true
	}
}

// withoutPlus reads digits that begin with their country code. Where the same
// digits are another number inside the organisation's country, only a mobile
// wins over a landline; otherwise nobody can tell which was meant.
func withoutPlus(digits, region string) (string, bool) {
	if strings.HasPrefix(digits, "0") {
		return "", false
	}
	abroad, ok := parse("+"+digits, "")
	if !ok {
		return "", false
	}
	if region == "" {
		return abroad, Mobile(abroad) && len(digits) >= 11
	}
	home, ok := parse(digits, region)
	switch {
	case !ok:
		return abroad, Mobile(abroad)
	case home == abroad:
		return abroad, true
	default:
		return abroad, kind(abroad) == phonenumbers.MOBILE && kind(home) == phonenumbers.FIXED_LINE
	}
}

func kind(number string) phonenumbers.PhoneNumberType {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return phonenumbers.UNKNOWN
	}
	return phonenumbers.GetNumberType(parsed)
}

// meantNumber guesses with the organisation's country; empty: no guess.
func meantNumber(digits, region string) string {
	if region == "" {
		return ""
	}
	if number, ok := parse(strings.TrimPrefix(digits, "+"), region); ok {
		return number
	}
	return ""
}

// Mobile tells whether an E.164 number may take an SMS: where a plan gives
// mobiles and landlines the same prefixes, as in the United States, every number
// may.
func Mobile(number string) bool {
	switch kind(number) {
	case phonenumbers.FIXED_LINE, phonenumbers.VOIP, phonenumbers.UNKNOWN:
		return false
	default:
		return true
	}
}

// Display writes an E.164 number for people, with its country code and the
// spaces that its country uses; what is no number comes back as it is.
func Display(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return number
	}
	return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
}
