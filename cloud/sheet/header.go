package sheet

import (
	"regexp"
	"strings"
	"unicode"
)

// Column is one column of the file.
type Column struct {
	Place int // from 1
	Title string
	Field Field // empty: not read
}

// searched is how many rows that aren't empty are looked at for the header:
// people put a title, a date or a note above it.
const searched = 20

// far is the line beyond which no header is looked for once anything was found.
const far = 10_000

var aside = regexp.MustCompile(`\s*[(\[][^()\[\]]*[)\]]`)

// fold makes titles comparable: lower case, letters and digits only, single
// spaces, nothing in brackets.
func fold(title string) string {
	title = strings.ToLower(tidy(title))
	if len(title) > 200 {
		return ""
	}
	if short := aside.ReplaceAllString(title, ""); strings.TrimSpace(short) != "" {
		title = short
	}
	words := strings.FieldsFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.ReplaceAll(strings.Join(words, " "), "ё", "е")
}

// entitles tells whether a column of that field says by itself who is meant.
func entitles(f Field) bool {
	switch f {
	case Email, ExternalID, FirstName, LastName, Name, Phone, Number:
		return true
	default:
		return false
	}
}

// known counts the titles in a row that an import knows; 0 when none of them
// says who is meant.
func known(cells []string) int {
	n, who := 0, false
	for _, cell := range cells {
		if field, ok := headers[fold(cell)]; ok {
			n++
			who = who || entitles(field)
		}
	}
	if !who {
		return 0
	}
	return n
}

// findHeader picks, from the first rows, the one with the most titles that are
// known; the earliest where two are equal. It tells -1 for none.
func findHeader(rows [][]string) (at, titles int) {
	at = -1
	for i, cells := range rows {
		if n := known(cells); n > titles {
			at, titles = i, n
		}
	}
	return at, titles
}

// columns gives the header's cells their meaning and says which have none.
func columns(line int, cells []string) ([]Column, []Problem) {
	out := make([]Column, 0, len(cells))
	var problems []Problem
	taken := map[Field]int{} // place in out
	report := func(c Column, code Code, suggestion string) {
		problems = append(problems, Problem{Line: line, Column: c.Place, Code: code, Given: excerpt(c.Title), Suggestion: suggestion})
	}
	for i, cell := range cells {
		title := tidy(cell)
		if title == "" {
			continue
		}
		c := Column{Place: i + 1, Title: title}
		word := fold(title)
		field, ok := headers[word]
		switch before, twice := taken[field]; {
		case !ok && asides[word]: // our own, or a note to people
		case !ok && card(word):
			report(c, CardColumn, "")
		case !ok:
			report(c, UnknownColumn, nearest(word))
		case twice && field == Phone && mobiles[word] && !mobiles[fold(out[before].Title)]:
			out[before].Field = ""
			report(out[before], DuplicateColumn, "")
			c.Field = field
			taken[field] = len(out)
		case twice:
			report(c, DuplicateColumn, "")
		default:
			c.Field = field
			taken[field] = len(out)
		}
		out = append(out, c)
	}
	// "Name, Vorname" is how German offices write last and first name.
	_, first := taken[FirstName]
	_, last := taken[LastName]
	if name, ok := taken[Name]; ok && first && !last {
		out[name].Field = LastName
	}
	return out, problems
}

// asides are headers of columns for people to read, such as the one that says why
// a row was refused.
var asides = map[string]bool{"reason": true, "grund": true, "причина": true}

func card(word string) bool {
	for _, sign := range []string{"card", "badge", "nfc", "rfid", "karte", "transponder", "chip", "карта", "карты", "пропуск"} {
		if strings.Contains(word, sign) {
			return true
		}
	}
	return false
}

// nearest is the known title that a misspelt one is one or two keys away from.
func nearest(word string) string {
	letters := []rune(word)
	if len(letters) < 4 || len(letters) > 40 {
		return ""
	}
	best, found := 3, ""
	for title := range headers {
		d := distance(letters, []rune(title))
		if d < best && 3*d < len(letters)+2 || d == best && found != "" && title < found {
			best, found = d, title
		}
	}
	return found
}

// distance counts the letters to change, add or drop between two words.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
