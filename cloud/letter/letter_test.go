package letter_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"

	"muster/cloud/letter"
)

func people(t testing.TB) []letter.Person {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	expires := time.Date(2026, time.December, 5, 14, 0, 0, 0, berlin)
	link := func(n int) string {
		return fmt.Sprintf("https://muster.firma.example/claim#tVx8%dq2mN4kPz7Lw9RbYcHd3sJfGa6", n)
	}
	login := "https://muster.firma.example/start"
	return []letter.Person{
		{"Anna Berg", "1042", "de", login, "7KQM-4XRT-9WPD", link(1), expires, "Werk Nord"},
		{"Анна Сергеевна Петрова-Водкина", "1043", "ru", login, "3HNC8VZK2MTY", link(2), expires, "Площадка «Север»"},
		{"Thomas O'Neill", "1044", "en-GB", login, "482913", link(3), expires, "Site North"},
		{"Maximiliane Alexandra Freifrau von Schwarzenberg-Hohenlohe zu Donaueschingen", "100000045", "de", login, "5XWJ7RGQ4NKP", link(4), expires, "Logistikzentrum Süd-Ost, Halle 14"},
		{Name: "Şükrü Çağlayan", Number: "1046", Language: "tr", Login: login, Code: "6PZT3LMD8QWC"},
		{"Михаил Щукин", "1047", "ru", login, "9RBF2KXN6HVJ", link(6), expires, ""},
		{"Jürgen Groß", "", "de", login, "4MTY7CQZ3WKR", link(7), expires, "Werk Süd"},
		{"Ben Stone", "1049", "en", "", "8GNP5VXD2LHQ", link(8), expires, "Site North"},
		{"Łukasz Żółć", "1050", "pl", login, "2JKW9RTM6ZBC", link(9), expires, "Site North"},
	}
}

func pdf(t testing.TB, kind letter.Kind, people []letter.Person) string {
	t.Helper()
	var out bytes.Buffer
	if err := letter.Write(&out, kind, "Bäckerei Sonnenschein GmbH & Co. KG", people); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed: scripts/setup test installs poppler-utils", name)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// W26: what is printed is the person's name, number, code and how to use them,
// in their language, as text that can be read aloud and searched.
func TestTextOfSheets(t *testing.T) {
	t.Parallel()
	for kind, pages := range map[letter.Kind]int{letter.Letters: 9, letter.Slips: 2} {
		path := pdf(t, kind, people(t))
		if info := run(t, "pdfinfo", path); !strings.Contains(info, fmt.Sprintf("Pages:           %d\n", pages)) || !strings.Contains(info, "A4") {
			t.Errorf("%d: %s", kind, info)
		}
		text := strings.Join(strings.Fields(run(t, "pdftotext", "-layout", path, "-")), " ")
		for _, want := range []string{
			"Anna Berg", "1042", "7KQM 4XRT 9WPD", "Einmalcode", "Gültig bis 5. Dezember 2026, 14:00 Uhr (CET)", "3HNC 8VZK 2MTY", "Одноразовый код",
			"5 декабря 2026 г., 14:00", "482 913", "One-time code", "5 December 2026, 14:00", "Şükrü Çağlayan", "Łukasz Żółć", "muster.firma.example/start", "Sonnenschein",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("kind %d lacks %q in:\n%s", kind, want, text)
			}
		}
		fonts := run(t, "pdffonts", path)
		for _, row := range strings.Split(strings.TrimSpace(fonts), "\n")[2:] {
			if !strings.Contains(row, "yes") { // embedded
				t.Errorf("a font that is not inside the file: %s", row)
			}
		}
	}
}

// A phone's camera gets the person's link out of the printed square.
func TestSquaresOpenTheLink(t *testing.T) {
	t.Parallel()
	all := people(t)[:4]
	for _, kind := range []letter.Kind{letter.Letters, letter.Slips} {
		path := pdf(t, kind, all)
		run(t, "pdftoppm", "-r", "150", "-png", path, strings.TrimSuffix(path, ".pdf"))
		pages, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, page := range pages {
			file, err := os.Open(page)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(file)
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
			bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
			if err != nil {
				t.Fatal(err)
			}
			results, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
			if err != nil {
				t.Fatalf("%s: %v", page, err)
			}
			for _, r := range results {
				found[r.GetText()] = true
			}
		}
		for _, p := range all {
			if !found[p.Link] {
				t.Errorf("kind %d: no square opens %s; found %v", kind, p.Link, found)
			}
		}
	}
}

func TestTooManyAndNone(t *testing.T) {
	t.Parallel()
	if err := letter.Write(io.Discard, letter.Slips, "x", make([]letter.Person, letter.Most+1)); !errors.Is(err, letter.ErrTooMany) {
		t.Error(err)
	}
	for _, kind := range []letter.Kind{letter.Letters, letter.Slips} {
		if err := letter.Write(io.Discard, kind, "", nil); err != nil {
			t.Error(err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTroubleWithWritingIsTold(t *testing.T) {
	t.Parallel()
	if err := letter.Write(full{}, letter.Letters, "x", people(t)); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Error(err)
	}
}

// Whatever people are called, there is a sheet.
func FuzzWrite(f *testing.F) {
	f.Add("Anna", "1", "de", "CODE", "https://a.b/c")
	f.Add(strings.Repeat("x", 500), "😀\x00\xff", "", "- -", "")
	f.Add("田中 太郎", "محمد", "ru-RU", strings.Repeat("A", 80), "\u200b")
	f.Fuzz(func(t *testing.T, name, number, language, code, link string) {
		if len(link) > 500 {
			return
		}
		p := letter.Person{Name: name, Number: number, Language: language, Login: name, Code: code, Link: link, Expires: time.Unix(0, 0).UTC(), Site: number}
		for _, kind := range []letter.Kind{letter.Letters, letter.Slips} {
			if err := letter.Write(io.Discard, kind, name, []letter.Person{p}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkThousandLetters(b *testing.B) {
	list := people(b)
	for len(list) < 1000 {
		list = append(list, list[len(list)%9])
	}
	var size int
	for b.Loop() {
		var out bytes.Buffer
		if err := letter.Write(&out, letter.Letters, "Bäckerei Sonnenschein", list); err != nil {
			b.Fatal(err)
		}
		size = out.Len()
	}
	b.ReportMetric(float64(size), "bytes/pdf")
}
