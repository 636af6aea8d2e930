package inviting_test

import (
	"strings"
	"testing"

	"muster/attendance"
)

// K1: people stand where somebody who reads the language looks for them: umlauts beside
// their letters, capitals beside small ones, ё beside е; who has one name stands by it.
func TestK1PeopleStandWhereReadersLook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ language, want string }{
		{"de", "Arm Ärmel Arndt Öfner Ofra Zorn"},
		{"", "Arm Ärmel Arndt Öfner Ofra Zorn"},
		{"sv", "Arm Arndt Ofra Zorn Ärmel Öfner"},
		{"ru", "Егоров Ёлкин Ершов йод Котов"},
		{"de", "van Aken Van Zwoll Veit"},
	} {
		r := open(t, t.TempDir())
		names := strings.Fields(c.want)
		if strings.HasPrefix(c.want, "van") {
			names = []string{"van Aken", "Van Zwoll", "Veit"}
		}
		var all []attendance.Profile
		for i := len(names) - 1; i >= 0; i-- {
			p := person(names[i], silent())
			if p.FirstName = ""; i%2 == 0 {
				p.FirstName, p.LastName = p.LastName, "" // one name only, in the other field
			}
			all = append(all, p)
		}
		r.told(all...)
		var got []string
		for _, p := range r.List(t.Context(), c.language) {
			got = append(got, p.Profile.Name())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("in %q: %v, want %s", c.language, got, c.want)
		}
	}
}
