package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"muster/cloud/sheet"
)

func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		must(t, err)
		_, err = io.WriteString(w, text)
		must(t, err)
	}
	must(t, z.Close())
	return out.Bytes()
}

// with is a good workbook with one part replaced or added.
func with(t testing.TB, name, text string) []byte {
	t.Helper()
	good := book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"Email"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"a@b.de"}))
	})
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	must(t, err)
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		parts[f.Name] = string(b)
	}
	parts[name] = text
	return packed(t, parts)
}

const (
	first = "xl/worksheets/sheet1.xml"
	head  = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	title = `<row r="1"><c r="A1" t="inlineStr"><is><t>Email</t></is></c></row>`
)

func TestHostileWorkbooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		code sheet.Code
	}{
		"a cell of 3 MB":                {with(t, first, head+`<sheetData>`+title+`<row r="2"><c r="A2" t="inlineStr"><is><t>`+strings.Repeat("A", 3<<20)+`</t></is></c></row></sheetData></worksheet>`), sheet.TooLarge},
		"a cell of a million pieces":    {with(t, first, head+`<sheetData>`+title+`<row r="2"><c r="A2" t="inlineStr"><is>`+strings.Repeat("<r><t>a</t></r>", 200_000)+`</is></c></row></sheetData></worksheet>`), sheet.TooLarge},
		"nested without end":            {with(t, first, head+strings.Repeat("<a>", 1_000_000)), sheet.Damaged},
		"entities that expand":          {with(t, first, `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>`), sheet.Damaged},
		"a table of 2 million nothings": {with(t, "xl/sharedStrings.xml", `<?xml version="1.0"?><sst>`+strings.Repeat("<si/>", 2_000_000)+`</sst>`), sheet.TooLarge},
		"styles of 20 MB":               {with(t, "xl/styles.xml", "<styleSheet><cellXfs>"+strings.Repeat("<xf/>", 4<<20)+"</cellXfs></styleSheet>"), sheet.TooLarge},
		"a bomb":                        {with(t, "xl/media/image1.bin", strings.Repeat("\x00", 60<<20)), sheet.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, c.data)
			var p *sheet.Problem
			if !errors.As(err, &p) || p.Code != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

// A file may claim a million rows and hold two: it is read as the two.
func TestClaimsAreNotBelieved(t *testing.T) {
	t.Parallel()
	table, err := open(t, with(t, first, head+`<dimension ref="A1:XFD1048576"/><sheetData>`+title+
		`<row r="2"><c r="A2" t="inlineStr"><is><t>a@b.de</t></is></c></row>`+
		`<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>z@b.de</t></is></c><c r="XFD1048576" s="1"/></row></sheetData></worksheet>`))
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, table)
	if len(got) != 2 || got[1].Line != 1048576 || got[1].Cells[sheet.Email] != "z@b.de" {
		t.Errorf("%+v", got)
	}
}

func TestMacrosAreIgnored(t *testing.T) {
	t.Parallel()
	table, err := open(t, with(t, "xl/vbaProject.bin", "MZ evil"))
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, table); len(got) != 1 || got[0].Cells[sheet.Email] != "a@b.de" {
		t.Errorf("%+v", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(german))
	f.Add([]byte("sep=|\nEmail|Name\n\"a|b"))
	f.Add([]byte("\xff\xfeE\x00m\x00a\x00i\x00l\x00\n\x00"))
	f.Add(with(f, "xl/vbaProject.bin", ""))
	f.Add(with(f, first, head+`<sheetData><row r="0"><c r="ZZZZ9"><v>1</v></c></row></sheetData>`))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\x00o\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { consume(t, data) })
}

// The sheet's own XML is deep inside the archive, where a fuzzer of bytes never
// gets.
func FuzzWorksheet(f *testing.F) {
	f.Add(head + `<sheetData>` + title + `<row r="2"><c r="A2"><v>4.9E+12</v></c></row></sheetData></worksheet>`)
	f.Add(head + `<sheetData><row><c t="s"><v>99</v></c></row></sheetData>`)
	f.Add(head + `<sheetData><row r="-1"><c r="A0" t="e"><f>1</f><v>#REF!</v></c></row>`)
	f.Fuzz(func(t *testing.T, text string) { consume(t, with(t, first, text)) })
}

func consume(t *testing.T, data []byte) {
	table, err := sheet.Open(bytes.NewReader(data), int64(len(data)), "fuzz")
	if err != nil {
		var p *sheet.Problem
		if !errors.As(err, &p) {
			t.Fatalf("an error without a code: %v", err)
		}
		return
	}
	defer func() { must(t, table.Close()) }()
	for row := range table.Rows() {
		for field, text := range row.Cells {
			if text == "" || strings.TrimSpace(text) != text || len([]rune(text)) > sheet.MaxCell {
				t.Fatalf("%s is %q", field, text)
			}
		}
	}
}
