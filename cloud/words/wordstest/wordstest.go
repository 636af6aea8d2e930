// Package wordstest holds the files of package words to what they promise, for the
// tests of those who have such files.
package wordstest

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/attendance"
)

// Messages reads a language's file as it is: a text, or a text for each plural form.
func Messages(t *testing.T, files fs.FS, tag string) map[string]any {
	t.Helper()
	b, err := fs.ReadFile(files, "words/"+tag+".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return m
}

// plurals are the forms that CLDR has for whole numbers.
var plurals = map[string][]string{"en": {"one", "other"}, "de": {"one", "other"}, "ru": {"few", "many", "one", "other"}}

// SayTheSame fails the test where a language lacks a message that another has, a
// plural form, or a blank to fill in.
func SayTheSame(t *testing.T, files fs.FS) {
	t.Helper()
	english := Messages(t, files, "en")
	for _, tag := range attendance.Languages {
		these := Messages(t, files, tag)
		for key := range these {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %q is not in English", tag, key)
			}
		}
		for key, want := range english {
			switch got := these[key].(type) {
			case nil:
				t.Errorf("%s: %q is missing", tag, key)
			case string:
				text, ok := want.(string)
				if !ok {
					t.Errorf("%s: %q has no plural forms", tag, key)
				}
				if strings.TrimSpace(got) == "" {
					t.Errorf("%s: %q is empty", tag, key)
				}
				// A date is put together from different parts in each language.
				if !strings.HasPrefix(key, "date.") && !slices.Equal(blanks(got), blanks(text)) {
					t.Errorf("%s: %q fills in %v, English %v", tag, key, blanks(got), blanks(text))
				}
			case map[string]any:
				if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, plurals[tag]) {
					t.Errorf("%s: %q has the forms %v, want %v", tag, key, have, plurals[tag])
				}
			}
		}
	}
}

var blank = regexp.MustCompile(`\{\{(?:with )?\.(\w+)\}\}`)

// blanks lists what a text leaves to be filled in.
func blanks(text string) []string {
	var names []string
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
