package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"muster/cloud/sheet"
)

func open(t testing.TB, data []byte) (*sheet.Table, error) {
	t.Helper()
	table, err := sheet.Open(bytes.NewReader(data), int64(len(data)), "list")
	if err == nil {
		t.Cleanup(func() {
			if err := table.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return table, err
}

func rows(t testing.TB, table *sheet.Table) []sheet.Row {
	t.Helper()
	var out []sheet.Row
	for row := range table.Rows() {
		out = append(out, row)
	}
	if err := table.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func encoded(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	german  = "E-Mail;Vorname;Nachname;Mobil\r\njuergen@firma.de;Jürgen;Müller;+49 176 12345678\r\nb@firma.de;Jörg;Groß;\r\n"
	russian = "Эл. почта;Имя;Фамилия;Телефон\r\na@firma.ru;Анна;Петрова;+7 905 111-11-11\r\nb@firma.ru;Иван;Щукин;\r\n"
)

func TestEncodingsAndSeparators(t *testing.T) {
	t.Parallel()
	tabs := func(s string) string { return strings.ReplaceAll(s, ";", "\t") }
	commas := func(s string) string { return strings.ReplaceAll(s, ";", ",") }
	for name, c := range map[string]struct {
		data  []byte
		first string
	}{
		"Excel on German Windows":       {encoded(t, charmap.Windows1252, german), "Jürgen"},
		"UTF-8 with its mark":           {[]byte("\ufeff" + german), "Jürgen"},
		"UTF-8":                         {[]byte(german), "Jürgen"},
		"comma":                         {[]byte(commas(german)), "Jürgen"},
		"bar":                           {[]byte(strings.ReplaceAll(german, ";", "|")), "Jürgen"},
		"Unicode text":                  {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), tabs(german)), "Jürgen"},
		"UTF-16 big-endian":             {encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), tabs(german)), "Jürgen"},
		"UTF-16 without mark":           {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), tabs(german)), "Jürgen"},
		"Excel on Russian Windows":      {encoded(t, charmap.Windows1251, russian), "Анна"},
		"one Russian name":              {encoded(t, charmap.Windows1251, "Email;Name;First name\nanna@firma.ru;Петрова;Анна\n"), "Анна"},
		"old Russian mail":              {encoded(t, charmap.KOI8R, russian), "Анна"},
		"DOS":                           {encoded(t, charmap.CodePage866, russian), "Анна"},
		"Russian UTF-16":                {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), tabs(russian)), "Анна"},
		"sep= says it":                  {[]byte("sep=;\r\n" + german), "Jürgen"},
		"old Mac line ends":             {[]byte(strings.ReplaceAll(german, "\r\n", "\r")), "Jürgen"},
		"a title above":                 {[]byte("Mitarbeiterliste 2026\r\nStand: 21.11.\r\n\r\n" + german), "Jürgen"},
		"empty columns and rows behind": {[]byte(strings.ReplaceAll(german, "\r\n", ";;;\r\n") + ";;;;;;\r\n;;;;;;\r\n"), "Jürgen"},
		"one broken letter":             {append([]byte(strings.Repeat(german, 8)), "c@firma.de;\xff;;\n"...), "Jürgen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, err := open(t, c.data)
			if err != nil {
				t.Fatal(err)
			}
			got := rows(t, table)
			if len(got) == 0 || got[0].Cells[sheet.FirstName] != c.first || !strings.Contains(got[0].Cells[sheet.Email], "@firma") {
				t.Fatalf("%s, %q: %+v", table.Encoding, table.Separator, got)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][]sheet.Field{
		"Email":                               {sheet.Email},
		"External ID":                         {sheet.ExternalID},
		"e-mail*":                             {sheet.Email},
		"E-Mail-Adresse (dienstlich),Vorname": {sheet.Email, sheet.FirstName},
		"Name,Vorname":                        {sheet.LastName, sheet.FirstName},
		"Name,Email":                          {sheet.Name, sheet.Email},
		"Personal-Nr.,Name,Abteilung":         {sheet.Number, sheet.Name, sheet.Department},
		"Telefon,Handy,Name":                  {"", sheet.Phone, sheet.Name},
		"Handy,Telefon,Name":                  {sheet.Phone, "", sheet.Name},
		"Табельный номер,ФИО,Площадка":                      {sheet.Number, sheet.Name, sheet.Sites},
		"MusterID,first_name,LAST NAME,Sprache,Standort(e)": {sheet.Number, sheet.FirstName, sheet.LastName, sheet.Language, sheet.Sites},
		"Foo,Email,Email":   {"", sheet.Email, ""},
		"Email,Card number": {sheet.Email, ""},
	} {
		table, err := open(t, []byte(header+"\nx,y,z,1,2\n"))
		if err != nil {
			t.Errorf("%q: %v", header, err)
			continue
		}
		var got []sheet.Field
		for _, c := range table.Columns {
			got = append(got, c.Field)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, want %q", header, got, want)
		}
	}
}

func TestHeaderProblems(t *testing.T) {
	t.Parallel()
	table, err := open(t, []byte("Email,Emial,Karte,Schuhgröße,E-Mail\na@b.de\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []sheet.Problem{
		{1, 2, sheet.UnknownColumn, "Emial", "email"},
		{1, 3, sheet.CardColumn, "Karte", ""},
		{1, 4, sheet.UnknownColumn, "Schuhgröße", ""},
		{1, 5, sheet.DuplicateColumn, "E-Mail", ""},
	}
	if !slices.Equal(table.Problems, want) {
		t.Errorf("%+v", table.Problems)
	}
}

func TestLinesAreTheSpreadsheets(t *testing.T) {
	t.Parallel()
	table, err := open(t, []byte("sep=,\nTitle\nEmail,Department\na@b.de,\"two\nlines\"\n\nc@b.de,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, table)
	if table.Line != 3 || len(got) != 2 || got[0].Line != 4 || got[1].Line != 7 || got[0].Cells[sheet.Department] != "two\nlines" {
		t.Errorf("header %d, %+v", table.Line, got)
	}
	if again := rows(t, table); len(again) != 2 {
		t.Errorf("the second run gave %+v", again)
	}
}

// book makes a workbook; cell by cell, as Excel would store it.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTypedCells(t *testing.T) {
	t.Parallel()
	table, err := open(t, book(t, func(f *excelize.File) {
		zeros, err := f.NewStyle(&excelize.Style{CustomNumFmt: ptr("00000")})
		must(t, err)
		thousands, err := f.NewStyle(&excelize.Style{NumFmt: 3})
		must(t, err)
		science, err := f.NewStyle(&excelize.Style{NumFmt: 11})
		must(t, err)
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"Employee number", "Phone", "Email", "External ID", "Department", "Last name"}))
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{42, 4917612345678, "a@b.de", 100000000001, true, "A"}))
		must(t, f.SetCellStyle("Sheet1", "A3", "A3", zeros))
		must(t, f.SetSheetRow("Sheet1", "A5", &[]any{1234, 4917612345678, "b@b.de", 7.0, "#N/A", "B"}))
		must(t, f.SetCellStyle("Sheet1", "A5", "A5", thousands))
		must(t, f.SetCellStyle("Sheet1", "B5", "B5", science))
		must(t, f.SetSheetRow("Sheet1", "A6", &[]any{"007", "4.91761E+12", "c@b.de", "1E5", "", 5}))
		must(t, f.SetCellFormula("Sheet1", "F6", "1+1"))
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, table)
	want := []map[sheet.Field]string{
		{sheet.Number: "00042", sheet.Phone: "4917612345678", sheet.Email: "a@b.de", sheet.ExternalID: "100000000001", sheet.Department: "TRUE", sheet.LastName: "A"},
		{sheet.Number: "1234", sheet.Phone: "4917612345678", sheet.Email: "b@b.de", sheet.ExternalID: "7", sheet.LastName: "B"},
		{sheet.Number: "007", sheet.Phone: "4.91761E+12", sheet.Email: "c@b.de", sheet.ExternalID: "1E5", sheet.LastName: "5"},
	}
	for i := range want {
		if i >= len(got) || !maps.Equal(got[i].Cells, want[i]) {
			t.Fatalf("row %d: %+v, want %+v", i, got, want[i])
		}
	}
	if got[0].Line != 3 || got[1].Line != 5 || len(got[0].Problems) != 0 {
		t.Errorf("%+v", got)
	}
	if p := got[1].Problems; len(p) != 1 || p[0] != (sheet.Problem{5, 5, sheet.ErrorCell, "#N/A", ""}) {
		t.Errorf("%+v", p)
	}
	if p := got[2].Problems; len(p) != 1 || p[0].Code != sheet.RoundedNumber || p[0].Column != 2 {
		t.Errorf("%+v", p)
	}
}

func TestTextNumbers(t *testing.T) {
	t.Parallel()
	table, err := open(t, []byte("Phone;External ID;Name\n4,91761E+12;0042;A\n4,917612345678E+12;1,5;#NV\n'+4917612345678;1E5;"+strings.Repeat("x", 1001)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, table)
	if got[0].Problems[0].Code != sheet.RoundedNumber || got[0].Cells[sheet.ExternalID] != "0042" {
		t.Errorf("%+v", got[0])
	}
	if got[1].Cells[sheet.Phone] != "4917612345678" || got[1].Problems[0].Code != sheet.ErrorCell {
		t.Errorf("%+v", got[1])
	}
	if got[2].Cells[sheet.Phone] != "+4917612345678" || got[2].Cells[sheet.ExternalID] != "1E5" || got[2].Problems[0].Code != sheet.LongCell {
		t.Errorf("%+v", got[2])
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "ru"} {
		var xlsx, text bytes.Buffer
		must(t, sheet.TemplateXLSX(&xlsx, language))
		must(t, sheet.TemplateCSV(&text, language))
		for _, data := range [][]byte{xlsx.Bytes(), text.Bytes()} {
			table, err := open(t, data)
			if err != nil {
				t.Fatal(language, err)
			}
			if got := rows(t, table); len(got) != 0 {
				t.Errorf("%s: examples are imported: %+v", language, got)
			}
			if len(table.Problems) != 0 || len(table.Columns) != 8 || !table.Has(sheet.Email) || !table.Has(sheet.ExternalID) {
				t.Errorf("%s: %+v, %+v", language, table.Columns, table.Problems)
			}
		}
	}
}

func TestFilesThatAreNoTable(t *testing.T) {
	t.Parallel()
	wide := func(s string) string {
		return string(encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), s))
	}
	compound := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	for code, data := range map[sheet.Code][]string{
		sheet.Empty:        {"", "\n\n", ";;;\n"},
		sheet.NotTable:     {"%PDF-1.7\n", "MZ\x90\x00", "\x7fELF", "\x89PNG\r\n", "abc\x00\x01\x02", compound},
		sheet.OldExcel:     {compound + wide("Workbook"), `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>`},
		sheet.Encrypted:    {compound + wide("EncryptionInfo") + wide("EncryptedPackage")},
		sheet.WebPage:      {"<html><table><tr><td>Email</td></tr></table></html>", "<!DOCTYPE html>"},
		sheet.Damaged:      {"PK\x03\x04 and then nothing"},
		sheet.NoHeader:     {"anna@firma.de\nbert@firma.de\n", "Foo;Bar\n1;2\n", "Language\nde\n"},
		sheet.OpenDocument: {string(packed(t, map[string]string{"content.xml": "<x/>"}))},
	} {
		for _, text := range data {
			_, err := open(t, []byte(text))
			var p *sheet.Problem
			if !errors.As(err, &p) || p.Code != code {
				t.Errorf("%.20q: %v, want %s", text, err, code)
			}
		}
	}
	_, err := sheet.Open(bytes.NewReader(nil), sheet.MaxSize+1, "huge.csv")
	var p *sheet.Problem
	if !errors.As(err, &p) || p.Code != sheet.TooLarge || p.Given != "huge.csv" {
		t.Error(err)
	}
}

func TestTooManyRows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("Email\n")
	for i := range sheet.MaxRows + 5 {
		fmt.Fprintf(&b, "p%d@b.de\n", i)
	}
	table, err := open(t, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range table.Rows() {
		n++
	}
	var p *sheet.Problem
	if n != sheet.MaxRows || !errors.As(table.Err(), &p) || p.Code != sheet.TooManyRows || p.Line != sheet.MaxRows+2 {
		t.Errorf("%d rows, then %v", n, table.Err())
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }
