package console

import (
	"testing"
)

func TestPluralsAndDates(t *testing.T) {
	t.Parallel()
	all, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string][]string{
		"en": {"1 person", "2 people", "5 people", "1,234 people"},
		"de": {"1 Person", "2 Personen", "5 Personen", "1.234 Personen"},
		"ru": {"1 человек", "2 человека", "5 человек", "1\u00a0234 человека"},
	} {
		for i, n := range []int{1, 2, 5, 1234} {
			lang, _ := all.In(language)
			if got := lang.Count("employees.count", n); got != want[i] {
				t.Errorf("%s: %q, want %q", language, got, want[i])
			}
		}
	}
}
