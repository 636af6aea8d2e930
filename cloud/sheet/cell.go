package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tidy makes a cell's text as it is taken: valid UTF-8, lines ended by \n, no
// control characters or invisible marks, no space of any kind at its ends.
func tidy(text string) string {
	if plain(text) {
		return strings.Trim(text, " ")
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return '\n'
		case unicode.IsControl(r), r == '\ufeff', r == '\ufffe', r == '\uffff', r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r == '\u2060', r == '\u00ad':
			return -1
		case r == '\u00a0' || r == '\u202f':
			return ' '
		default:
			return r
		}
	}, text)
	return strings.TrimSpace(text)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// active tells whether some spreadsheet program takes the text for a formula, or
// for a command to another program. Full-width signs count: some programs fold
// them on reading.
func active(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("=+-@\t\r\n|%＝＋－＠﹢﹣﹦﹫−", r) && text != ""
}

// guard makes a text harmless in a file without types: an apostrophe before
// whatever would be a formula, and before what would read as guarded already.
func guard(text string) string {
	if active(strings.TrimLeft(text, "' ")) {
		return "'" + text
	}
	return text
}

// escape keeps a typed cell apart from what a person copied with its apostrophe.
func escape(text string) string {
	if strings.HasPrefix(text, "'") {
		return guard(text)
	}
	return text
}

// unguard undoes guard and escape.
func unguard(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && active(strings.TrimLeft(rest, "' ")) {
		return rest
	}
	return text
}

// failed tells whether a cell shows an error of the spreadsheet's own, in
// English, German or Russian Excel.
func failed(text string) bool {
	if !strings.HasPrefix(text, "#") || len(text) > 30 {
		return false
	}
	switch strings.ToUpper(text) {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#BUSY!",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?", "#ДЕЛ/0!", "#ЧИСЛО!", "#ПУСТО!":
		return true
	default:
		return strings.Trim(text, "#") == "" && len(text) > 2 // a column too narrow, saved as text
	}
}

// remark tells whether a row is a note to people, such as the template's
// examples: its first cell begins with "# ".
func remark(cells []string) bool {
	for _, cell := range cells {
		if cell = tidy(cell); cell != "" {
			return strings.HasPrefix(cell, "# ")
		}
	}
	return false
}

// Split takes several names out of one cell, as people write them: by semicolon,
// comma, bar or line.
func Split(cell string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(";,|\n", r) }) {
		if part = tidy(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
