package sheet

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// Numbers and times are what Excel counts with, in the form of the reader's
// language; texts stay texts and run nothing.
func TestCellsOfEachKind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 15, 4, 5, 0, time.FixedZone("x", 3600))
	for language, want := range map[string]string{"en": `2026-11-22 15:04:05`, "de": `22.11.2026 15:04:05`, "ru": `22.11.2026 15:04:05`} {
		var b bytes.Buffer
		w, err := NewCSV(&b, language, "a", "b", "c", "d")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Cells("=1+1", 42, at, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		comma := map[string]string{"en": ","}[language]
		if comma == "" {
			comma = ";"
		}
		if line := strings.Split(b.String(), "\r\n")[1]; line != strings.Join([]string{"'=1+1", "42", want, ""}, comma) {
			t.Errorf("%s: %q", language, line)
		}
	}
	var b bytes.Buffer
	w, err := NewXLSX(&b, "x", "a", "b", "c", "d")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Cells("=1+1", 42, at, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"A2": "=1+1", "B2": "42", "C2": "46348.6278356481", "D2": ""} {
		got, err := f.GetCellValue("x", cell, excelize.Options{RawCellValue: true})
		if err != nil || !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s is %q, want %q (%v)", cell, got, want, err)
		}
		if formula, err := f.GetCellFormula("x", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", cell, formula, err)
		}
	}
}
