package rest

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"muster/attendance"
)

// Each sentence with which something is refused is there in each language, and
// nothing else is.
func TestEveryRefusalIsTranslated(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, text := range explain {
		said[text] = true
	}
	for status := range codes {
		said[http.StatusText(status)] = true
	}
	for _, text := range general {
		said[text] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`(?:problem|named)\(http\.Status\w+, (?:"[a-z-]+", )?"([^"]+)"\)|challenge, detail .?= .*, "([^"]+)"`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllStringSubmatch(string(b), -1) {
			said[m[1]+m[2]] = true
		}
	}
	if len(said) < 60 {
		t.Errorf("only %d sentences were found", len(said))
	}
	for _, tongue := range attendance.Languages[1:] {
		for text := range said {
			if translations()[tongue][text] == "" {
				t.Errorf("%s: %q is missing", tongue, text)
			}
		}
		for text := range translations()[tongue] {
			if !said[text] {
				t.Errorf("%s: %q is never said", tongue, text)
			}
		}
	}
}
