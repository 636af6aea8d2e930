package portal

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/words"
	"muster/cloud/words/wordstest"
)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	wordstest.SayTheSame(t, wordFiles)
}

// Every key that a template says there is, and every icon it draws.
func TestTemplatesSayAndDrawWhatThereIs(t *testing.T) {
	t.Parallel()
	english := wordstest.Messages(t, wordFiles, "en")
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
	texts, err := words.Load(wordFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range attendance.Languages {
		lang, _ := texts.In(tag)
		date := lang.Date("date.full", time.Date(2026, time.December, 6, 0, 0, 0, 0, time.UTC))
		if text := lang.Say("join.until", "Date", date); !strings.HasSuffix(text, ".") || strings.Contains(text, "..") {
			t.Errorf("%s: %q", tag, text)
		}
	}
}
