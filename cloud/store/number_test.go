package store

import (
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"muster/attendance"
)

func TestNumbersAreMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form, seen := regexp.MustCompile(`^[1-9][0-9]{5}$`), map[string]bool{}
	for range 50 {
		p := w.person(t, "A", "B", w.north.ID)
		if !form.MatchString(p.Number) || seen[p.Number] || checkDigit(p.Number) != 0 {
			t.Errorf("number %q", p.Number)
		}
		seen[p.Number] = true
	}
}

// One wrong digit, or two neighbours swapped, never give another good number.
func TestCheckDigitFindsTypingMistakes(t *testing.T) {
	t.Parallel()
	if got := checkDigit("572"); got != 4 { // the example in Damm's thesis
		t.Errorf("check digit of 572 = %d", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := drawNumber(rapid.IntRange(2, longNumber).Draw(t, "digits"))
		if checkDigit(n) != 0 || n[0] == '0' {
			t.Fatalf("%s isn't good itself", n)
		}
		i := rapid.IntRange(0, len(n)-1).Draw(t, "place")
		wrong := []byte(n)
		wrong[i] = strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "digit"))[0]
		if string(wrong) != n && checkDigit(string(wrong)) == 0 {
			t.Fatalf("%s for %s goes unnoticed", wrong, n)
		}
		swapped := []byte(n)
		if i > 0 && n[i] != n[i-1] {
			swapped[i], swapped[i-1] = n[i-1], n[i]
			if checkDigit(string(swapped)) == 0 {
				t.Fatalf("%s for %s goes unnoticed", swapped, n)
			}
		}
	})
}

// When the short numbers are used up, longer ones are made.
func TestNumbersGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []string
	for n := range 90_000 {
		digits := strconv.Itoa(10_000 + n)
		all = append(all, digits+strconv.Itoa(checkDigit(digits)))
	}
	w.exec(t, `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at)
		SELECT 'x' || value, ?, value, '', 'x', 1, 1 FROM json_each(?)`, w.admin.Org, list(all))
	p := must(w.AddProfile(t.Context(), w.admin.Actor(), attendance.Profile{LastName: "Late"}, []attendance.SiteID{w.north.ID}))(t)
	if len(p.Number) != 7 {
		t.Errorf("number %q", p.Number)
	}
}
