package portal

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func messages(t *testing.T, language string) map[string]any {
	t.Helper()
	b, err := wordFiles.ReadFile("words/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return m
}

var blank = regexp.MustCompile(`\{\{(?:with )?\.(\w+)\}\}`)

func blanks(text string) []string {
	names := blank.FindAllString(text, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	forms := map[string][]string{"en": {"one", "other"}, "de": {"one", "other"}, "ru": {"few", "many", "one", "other"}}
	english := messages(t, "en")
	for _, language := range languageTags {
		these := messages(t, language)
		if len(these) != len(english) {
			t.Errorf("%s has %d messages, English %d", language, len(these), len(english))
		}
		for key, want := range english {
			switch got := these[key].(type) {
			case string:
				if text, ok := want.(string); !ok || strings.TrimSpace(got) == "" || !slices.Equal(blanks(got), blanks(text)) {
					t.Errorf("%s: %q says %q", language, key, got)
				}
			case map[string]any:
				if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, forms[language]) {
					t.Errorf("%s: %q has the forms %v", language, key, have)
				}
			default:
				t.Errorf("%s: %q is missing", language, key)
			}
		}
	}
}

// Every key that a template says there is, and every icon it draws.
func TestTemplatesSayAndDrawWhatThereIs(t *testing.T) {
	t.Parallel()
	english := messages(t, "en")
	list, err := os.ReadFile("../console/assets/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	icons := strings.Fields(string(list))
	key := regexp.MustCompile(`[ ({](?:t|n) "([^"]+)"`)
	icon := regexp.MustCompile(`(?:[ ({]icon|"icon") "([^"]+)"`)
	err = fs.WalkDir(templateFiles, "templates", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := templateFiles.ReadFile(file)
		if err != nil {
			return err
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			if _, ok := english[m[1]]; !ok {
				t.Errorf("%s: nobody can say %q", file, m[1])
			}
		}
		for _, m := range icon.FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(icons, m[1]) {
				t.Errorf("%s: the icon %q isn't there", file, m[1])
			}
		}
		if name, page := strings.CutPrefix(file, "templates/"); page && !strings.Contains(name, "/") {
			if _, ok := english["title."+strings.TrimSuffix(name, ".html")]; !ok {
				t.Errorf("%s has no title", file)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A date that ends in an abbreviation would give a sentence two full stops.
func TestASentenceWithADateEndsOnce(t *testing.T) {
	t.Parallel()
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range languageTags {
		lang, _ := texts.in(tag)
		date := lang.date(time.Date(2026, time.December, 6, 0, 0, 0, 0, time.UTC))
		if text := lang.say("join.until", "Date", date); !strings.HasSuffix(text, ".") || strings.Contains(text, "..") {
			t.Errorf("%s: %q", tag, text)
		}
	}
}
