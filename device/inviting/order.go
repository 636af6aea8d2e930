package inviting

import (
	"bytes"
	"cmp"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"muster/attendance"
)

// sortPeople puts people into the order in which readers of a language look for
// them: by last name, first name and id, Ärmel beside Arm and Ёлкин beside Елкин. Who has
// one name only stands by that.
func sortPeople(all []Person, tag string) {
	c := collate.New(language.Make(tag)) // it keeps state: each call has its own
	var b collate.Buffer
	key := func(name string) []byte {
		b.Reset()
		return bytes.Clone(c.KeyFromString(&b, name))
	}
	type keys struct{ last, first []byte }
	of := make(map[attendance.ProfileID]keys, len(all))
	for _, p := range all {
		last, first := p.Profile.LastName, p.Profile.FirstName
		if last == "" {
			last, first = first, ""
		}
		of[p.Profile.ID] = keys{key(last), key(first)}
	}
	slices.SortFunc(all, func(a, b Person) int {
		x, y := of[a.Profile.ID], of[b.Profile.ID]
		return cmp.Or(bytes.Compare(x.last, y.last), bytes.Compare(x.first, y.first), cmp.Compare(a.Profile.ID, b.Profile.ID))
	})
}
