package contact

import (
	"fmt"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// What is read the short way is what the library makes of it, digit by digit, near
// real numbers of each country as well as far from any.
func TestDirectIsTheLibrary(t *testing.T) {
	t.Parallel()
	var near []string
	for region, code := range map[string]int{
		"RU": 7, "KZ": 7, "NL": 31, "FR": 33, "CH": 41, "AT": 43, "GB": 44, "JE": 44, "DK": 45, "SE": 46, "NO": 47, "PL": 48, "DE": 49, "UA": 380, "CZ": 420,
	} {
		near = append(near, fmt.Sprintf("+%d", code))
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil && n.NationalNumber != nil {
				near = append(near, phonenumbers.Format(n, phonenumbers.E164))
				for _, trunk := range []string{"0", "8"} { // as dialled inside the country
					near = append(near, fmt.Sprintf("+%d%s%d", code, trunk, n.GetNationalNumber()))
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.SampledFrom(near).Draw(t, "near"))
		text = text[:rapid.IntRange(1, len(text)).Draw(t, "keep")]
		text = append(text, rapid.StringMatching(`[0-9]{0,9}`).Draw(t, "more")...)
		number, ok := direct(string(text))
		if !ok {
			return
		}
		given, fine := planned(number)
		if !fine {
			return
		}
		want, err := phonenumbers.Parse(string(text), "")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if e, ok := planned(want); !ok || e != given || given != string(text) {
			t.Fatalf("%s is %s, by the library %s", text, given, e)
		}
	})
}
