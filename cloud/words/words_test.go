package words_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"muster/attendance"
	"muster/cloud/words"
)

func load(t *testing.T) *words.Texts {
	t.Helper()
	texts, err := words.Load(fstest.MapFS{
		"words/en.json": {Data: []byte(`{"hello": "Hello, {{.Name}}", "days": {"one": "{{.Count}} day", "other": "{{.Count}} days"}, "problem.taken": "Taken.", "problem.other": "Wrong.",
			"date.short": "{{.Day}} {{.Mon}} {{.Year}}", "date.long": "{{.Weekday}} {{.Day}} {{.Month}}", "date.weekday.0": "Sunday", "date.month.11": "November", "date.month.short.11": "Nov"}`)},
		"words/de.json": {Data: []byte(`{"days": {"one": "{{.Count}} Tag", "other": "{{.Count}} Tage"}, "date.short": "{{.DD}}.{{.MM}}.{{.Year}}"}`)},
		"words/ru.json": {Data: []byte(`{"days": {"one": "{{.Count}} день", "few": "{{.Count}} дня", "many": "{{.Count}} дней", "other": "{{.Count}} дня"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func in(t *testing.T, texts *words.Texts, tag string) *words.Language {
	t.Helper()
	lang, ok := texts.In(tag)
	if !ok || lang.Tag != tag {
		t.Fatalf("nobody speaks %s", tag)
	}
	return lang
}

func TestWords(t *testing.T) {
	t.Parallel()
	texts := load(t)
	en, de, ru := in(t, texts, "en"), in(t, texts, "de"), in(t, texts, "ru")
	sunday := time.Date(2026, time.November, 8, 7, 5, 0, 0, time.UTC)
	for got, want := range map[string]string{
		en.Say("hello", "Name", "Ada"): "Hello, Ada",
		en.Say("nothing"):              "nothing",
		en.Count("days", 1):            "1 day",
		de.Count("days", 1234):         "1.234 Tage",
		ru.Count("days", 22):           "22 дня",
		ru.Count("days", 25):           "25 дней",
		en.Number(1234567):             "1,234,567",
		de.Decimal(2.58):               "2,6",
		en.Wrong("taken"):              "Taken.",
		en.Wrong("never-heard"):        "Wrong.",
		en.Date("date.short", sunday):  "8 Nov 2026",
		en.Date("date.long", sunday):   "Sunday 8 November",
		de.Date("date.short", sunday):  "08.11.2026",
		words.Clock(sunday):            "07:05",
		words.City(zone(t, "UTC")):     "UTC",
		words.City(newYork(t)):         "New York",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if en.Has("nothing") || !en.Has("problem.taken") {
		t.Error("what there is isn't known")
	}
	if _, ok := texts.In("fr"); ok {
		t.Error("French is spoken")
	}
	if _, err := words.Load(fstest.MapFS{}); err == nil {
		t.Error("loaded without files")
	}
}

func newYork(t *testing.T) *time.Location { t.Helper(); return zone(t, "America/New_York") }

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestAsked(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "fr, ru;q=0.4, en;q=0.2": "ru", "fr": "en", ";;;": "en", "en-GB": "en",
	} {
		if got := words.Asked(header); got != want {
			t.Errorf("%q is answered in %s, want %s", header, got, want)
		}
	}
}

// What is picked on a page counts more than what the browser asks for, until the
// reader is known.
func TestChoose(t *testing.T) {
	t.Parallel()
	texts := load(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login?next=%2Fx&language=ru", nil)
	r.Header.Set("Accept-Language", "de")
	if got := texts.Of(r).Tag; got != "de" {
		t.Errorf("%s is spoken to who asks for German", got)
	}
	rec := httptest.NewRecorder()
	back, ok := texts.Choose(rec, r, true)
	if !ok || back != "/login?next=%2Fx" {
		t.Errorf("leads back to %q, %v", back, ok)
	}
	kept := rec.Header().Get("Set-Cookie")
	for _, want := range []string{"language=ru;", "Secure", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(kept, want) {
			t.Errorf("the cookie %q lacks %s", kept, want)
		}
	}
	next := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login?language=fr", nil)
	next.Header.Set("Cookie", "language=ru")
	if got := texts.Of(next).Tag; got != "ru" {
		t.Errorf("%s is spoken to who picked Russian", got)
	}
	if _, ok := texts.Choose(httptest.NewRecorder(), next, true); ok {
		t.Error("a language that isn't spoken was picked")
	}
}

func FuzzAsked(f *testing.F) {
	for _, s := range []string{"de, en;q=0.8", "*", "x-klingon", "de;q=two", strings.Repeat("a-", 500)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := words.Asked(header); !slices.Contains(attendance.Languages, got) {
			t.Fatalf("%q is answered in %q", header, got)
		}
	})
}
