package intake

import (
	"slices"
	"strings"

	"muster/attendance"
)

// Merge returns what somebody is after a row was taken in, and what that changes.
// sites writes sites for people.
func Merge(before, row Record, sites func([]attendance.SiteID) string) (Record, []Change) {
	after, changes := before, []Change(nil)
	for _, f := range []struct {
		field  Field
		now    *string
		wanted string
	}{
		{Email, &after.Email, row.Email},
		{ExternalID, &after.ExternalID, row.ExternalID},
		{FirstName, &after.FirstName, row.FirstName},
		{LastName, &after.LastName, row.LastName},
		{Phone, &after.Phone, row.Phone},
		{Number, &after.Number, row.Number},
		{Language, &after.Language, row.Language},
	} {
		if f.wanted != "" && f.wanted != *f.now {
			if changes == nil {
				changes = make([]Change, 0, 8)
			}
			changes = append(changes, Change{f.field, *f.now, f.wanted})
			*f.now = f.wanted
		}
	}
	if len(row.Sites) > 0 && !slices.Equal(row.Sites, before.Sites) {
		changes = append(changes, Change{Sites, sites(before.Sites), sites(row.Sites)})
		after.Sites = row.Sites
	}
	return after, changes
}

// Seen remembers which row was the first to name an address, an id or a number.
// Its zero value is ready.
type Seen struct{ externals, emails, numbers map[string]int }

// Look refuses a row that names what an earlier one has named.
func (s *Seen) Look(r *Row, column func(Field) string) {
	if s.externals == nil {
		s.externals, s.emails, s.numbers = map[string]int{}, map[string]int{}, map[string]int{}
	}
	for _, k := range []struct {
		first map[string]int
		field Field
		value string
	}{{s.externals, ExternalID, r.Record.ExternalID}, {s.emails, Email, r.Record.Email}, {s.numbers, Number, strings.ToLower(r.Record.Number)}} {
		if k.value == "" {
			continue
		}
		if line, ok := k.first[k.value]; ok {
			r.Refuse(Problem{Field: k.field, Column: column(k.field), Code: Twice, Given: k.value, Line: line})
			return
		}
		k.first[k.value] = r.Line
	}
}

// SplitName makes first and last name of a cell that holds both. "Berg, Anna" and
// "Anna Berg" are the same person; of more than two words the last is the family's,
// but for a Russian name, which begins with it and ends with the father's.
func SplitName(full string) (first, last string) {
	if before, after, ok := strings.Cut(full, ","); ok {
		return strings.TrimSpace(after), strings.TrimSpace(before)
	}
	words := strings.Fields(full)
	switch n := len(words); {
	case n == 0:
		return "", ""
	case n == 1:
		return "", words[0]
	case n == 3 && patronymic(words[2]):
		return words[1] + " " + words[2], words[0]
	default:
		at := n - 1
		for at > 1 && particles[words[at-1]] {
			at--
		}
		return strings.Join(words[:at], " "), strings.Join(words[at:], " ")
	}
}

// particles begin a family name of several words.
var particles = map[string]bool{"von": true, "van": true, "de": true, "der": true, "den": true, "zu": true, "la": true, "le": true, "di": true, "da": true, "dos": true, "del": true, "ter": true}

func patronymic(word string) bool {
	for _, end := range []string{"вич", "вна", "ична", "ьич", "кызы", "оглы"} {
		if strings.HasSuffix(strings.ToLower(word), end) {
			return true
		}
	}
	return false
}
