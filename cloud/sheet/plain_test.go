package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// workbookWith is a workbook of one worksheet, with a table of texts and the formats
// 0, 49, 2 and one of its own.
func workbookWith(t testing.TB, worksheet, table string) []byte {
	t.Helper()
	const (
		relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		packages  = "http://schemas.openxmlformats.org/package/2006/"
		main      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types"/>`},
		{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + relations + `"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + relations + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + main + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;No &quot;0"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="49"/><xf numFmtId="2"/><xf numFmtId="164"/><xf/></cellXfs></styleSheet>`},
		{"xl/sharedStrings.xml", table},
		{"xl/worksheets/sheet1.xml", worksheet},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = io.WriteString(w, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// everything reads a worksheet's rows, the fast way or by the library alone. read is
// how far the fast way went; -1: to the end.
func everything(t testing.TB, data []byte, fast bool) (rows []string, read int) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inspect(archive); err != nil {
		return []string{"refused"}, -2
	}
	file := &workbookFile{archive: archive, all: bytes.NewReader(data)}
	if err := file.open(); err != nil {
		return []string{fmt.Sprint("unreadable: ", err)}, -2
	}
	defer func() { _ = file.Close() }()
	s := &cells{file: file, name: "People"}
	if fast {
		if s, err = openSheet(s.file, s.name); s.plain == nil {
			return everything(t, data, false)
		}
	} else {
		err = s.show()
	}
	read = -1
	defer func() { _ = s.close() }()
	for err == nil {
		var line int
		var row []string
		was := s.line
		if line, row, err = s.next(); err == nil {
			rows = append(rows, fmt.Sprintf("%d%q", line, row))
		}
		if fast && s.plain == nil && read < 0 {
			read = was
		}
	}
	if !errors.Is(err, io.EOF) {
		rows = append(rows, "an error")
	}
	return rows, read
}

// alike holds the two ways against each other.
func alike(t interface {
	Helper()
	Fatalf(string, ...any)
}, tb testing.TB, worksheet, table string) (read int) {
	t.Helper()
	data := workbookWith(tb, worksheet, table)
	fast, read := everything(tb, data, true)
	slow, _ := everything(tb, data, false)
	if !slices.Equal(fast, slow) {
		t.Fatalf("%s\n%s\nfast %s\nslow %s", worksheet, table, fast, slow)
	}
	return read
}

const (
	plainHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:x14ac="http://a/b"><sheetPr codeName="Лист1"/><cols><col min="1" max="2"/></cols><sheetData>`
	plainTail = `</sheetData><pageMargins left="0.7"/></worksheet>`
	plainSST  = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="5"><si><t>first</t></si><si><t xml:space="preserve"> a &amp; b </t></si><si><r><t>rich</t></r><r><t> text</t></r></si><si/><si><t>_x0041_</t></si><si><t>Ж</t><phoneticPr fontId="1"/></si></sst>`
)

// What spreadsheet programs write is read the fast way, and as the library reads it.
func TestPlainRowsAreReadTheFastWay(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{
		"texts in the cells":   `<row r="2" spans="1:3" x14ac:dyDescent="0.25"><c r="A2" s="1" t="inlineStr"><is><t xml:space="preserve"> Jürgen &amp; &lt;Söhne&gt;&#xA;</t></is></c><c r="C2" t="inlineStr"><is><t>max_xander@firma.de</t></is></c></row>`,
		"texts of the table":   `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="1" t="s"><v>1</v></c><c r="C2" t="s"><v>3</v></c></row>`,
		"numbers":              `<row r="2"><c r="A2"><v>100001</v></c><c r="B2" s="4" t="n"><v>12345678901</v></c><c r="C2"><v>0</v></c></row>`,
		"what a formula gave":  `<row r="2"><c r="A2" t="str"><v>a&apos;b</v></c></row>`,
		"gaps and empty cells": `<row r="2"/><row r="5"></row><row r="9"><c r="B9" s="1"/><c r="D9"></c><c r="AA9" t="s"><v>0</v></c></row>`,
		"cells without a name": `<row r="2"><c t="s"><v>0</v></c><c/><c><v>7</v></c><c r="F2"><v>1</v></c><c><v>2</v></c></row>`,
		"the same once more":   `<row r="2"><c r="A2" t="str"><v>Nord</v></c></row> <row r="3"><c r="A3" t="str"><v>Nord</v></c></row>`,
	} {
		if read := alike(t, t, plainHead+row+plainTail, plainSST); read != -1 {
			t.Errorf("%s: read the fast way to line %d only", name, read)
		}
	}
}

// Whatever isn't plain is the library's, from that row on.
func TestOddRowsAreLeftToTheLibrary(t *testing.T) {
	t.Parallel()
	const good = `<row r="2"><c r="A2" t="str"><v>good</v></c></row><row r="4"><c r="B4" t="str"><v>good</v></c></row>`
	for name, row := range map[string]string{
		"a date":                  `<row r="5"><c r="A5" s="2"><v>12</v></c></row>`,
		"a format of its own":     `<row r="5"><c r="A5" s="3"><v>12</v></c></row>`,
		"a number shown as text":  `<row r="5"><c r="A5" s="1"><v>12</v></c></row>`,
		"a long number":           `<row r="5"><c r="A5" s="4"><v>4917612345678</v></c></row>`,
		"a fraction":              `<row r="5"><c r="A5"><v>1.50</v></c></row>`,
		"leading zeros":           `<row r="5"><c r="A5"><v>007</v></c></row>`,
		"a yes":                   `<row r="5"><c r="A5" t="b"><v>1</v></c></row>`,
		"a formula":               `<row r="5"><c r="A5"><f>1+1</f><v>2</v></c></row>`,
		"pieces":                  `<row r="5"><c r="A5" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>`,
		"a text of pieces":        `<row r="5"><c r="A5" t="s"><v>2</v></c></row>`,
		"a coded text":            `<row r="5"><c r="A5" t="inlineStr"><is><t>a_x000A_b</t></is></c><c r="B5" t="s"><v>4</v></c></row>`,
		"an entry that isn't":     `<row r="5"><c r="A5" t="s"><v>99</v></c></row>`,
		"cells in disorder":       `<row r="5"><c r="C5"><v>3</v></c><c r="A5"><v>1</v></c></row>`,
		"a row without a number":  `<row><c r="A5"><v>3</v></c></row>`,
		"single quotes":           `<row r='5'><c r='A5'><v>3</v></c></row>`,
		"a cell where none is":    `<row r="5"><c r="A0"><v>3</v></c></row>`,
		"an entity":               `<row r="5"><c r="A5" t="str"><v>&eacute;</v></c></row>`,
		"a character by number":   `<row r="5"><c r="A5" t="str"><v>&#233;&#x20AC;</v></c></row>`,
		"a carriage return":       "<row r=\"5\"><c r=\"A5\" t=\"str\"><v>a\r\nb</v></c></row>",
		"broken letters":          "<row r=\"5\"><c r=\"A5\" t=\"str\"><v>\xff</v></c></row>",
		"tags that aren't closed": `<row r="5"><c r="A5"><v>3</c></row>`,
		"a prefix":                `<x:row r="5"><c r="A5"><v>3</v></c></x:row>`,
		"an attribute twice":      `<row r="5"><c r="A5" t="n" t="b"><v>1</v></c></row>`,
	} {
		if read := alike(t, t, plainHead+good+row+plainTail, plainSST); read != 4 {
			t.Errorf("%s: read the fast way to line %d, not 4", name, read)
		}
	}
}

func TestPlainAndLibraryAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		line := 0
		for range rapid.IntRange(0, 5).Draw(r, "rows") {
			line += rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(r, "step")
			fmt.Fprintf(&b, `<row r="%d">`, line)
			column := 0
			for range rapid.IntRange(0, 5).Draw(r, "cells") {
				column += rapid.SampledFrom([]int{1, 1, 1, 1, 1, 2, 30, 0}).Draw(r, "gap")
				name, _ := excelize.CoordinatesToCellName(max(column, 1), max(line, 1)) //nolint:errcheck // it is one
				fmt.Fprintf(&b, `<c r="%s"%s`, name, rapid.SampledFrom([]string{"", "", ` s="0"`, ` s="1"`, ` s="1"`, ` s="2"`, ` s="3"`, ` s="4"`, ` s="9"`}).Draw(r, "style"))
				text := rapid.SampledFrom([]string{
					"", "x", "1E5", "12", "1234567890123456", "0.10", "-3", "+49176", "Müller ", "&amp;", "a_x0041_", "]]&gt;", "]]>", "\t", "  ", "&#10;", "é\uFFFD", "NaN", "007", "TRUE",
				}).Draw(r, "text")
				switch rapid.IntRange(0, 6).Draw(r, "kind") {
				case 0:
					b.WriteString(`/>`)
				case 1, 2:
					fmt.Fprintf(&b, ` t="inlineStr"><is><t>%s</t></is></c>`, text)
				case 3:
					fmt.Fprintf(&b, ` t="s"><v>%d</v></c>`, rapid.IntRange(0, 6).Draw(r, "entry"))
				case 4:
					fmt.Fprintf(&b, ` t="str"><v>%s</v></c>`, text)
				case 5:
					fmt.Fprintf(&b, ` t="%s"><v>%s</v></c>`, rapid.SampledFrom([]string{"n", "b", "e", "d", ""}).Draw(r, "type"), text)
				default:
					fmt.Fprintf(&b, `><v>%s</v></c>`, text)
				}
			}
			b.WriteString(`</row>`)
		}
		if alike(r, t, plainHead+b.String()+plainTail, plainSST) == -2 {
			r.Fatalf("%s: not read at all", b.String())
		}
	})
}

// No program writes rows in disorder. The library takes the cells of such a row for
// more cells of the one before it; here no row gets what is another's.
func TestRowsInDisorder(t *testing.T) {
	t.Parallel()
	const row = `<row r="2"><c r="A2" t="str"><v>a</v></c></row><row r="4"><c r="A4" t="str"><v>b</v></c></row>`
	for _, next := range []string{`<row r="3"><c r="A3" t="str"><v>c</v></c></row>`, `<row r="4"><c r="B4" t="str"><v>c</v></c></row>`} {
		rows, read := everything(t, workbookWith(t, plainHead+row+next+plainTail, plainSST), true)
		if read != 4 || len(rows) != 3 || rows[0] != `2["a"]` || rows[1] != `4["b"]` {
			t.Errorf("%s: %s, read the fast way to line %d", next, rows, read)
		}
	}
}

func FuzzPlainRows(f *testing.F) {
	f.Add(plainHead + `<row r="2"><c r="A2" s="1" t="inlineStr"><is><t>a&amp;b</t></is></c><c r="B2" t="s"><v>1</v></c></row>` + plainTail)
	f.Add(plainHead + `<row r="2"><c r="A2"><v>1E5</v></c></row>` + plainTail)
	number := regexp.MustCompile(`r\s*=\s*["'](\d+)`)
	f.Fuzz(func(t *testing.T, worksheet string) {
		last := 0
		for _, m := range number.FindAllStringSubmatch(worksheet, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil || n <= last {
				t.Skip("rows in disorder: see TestRowsInDisorder")
			}
			last = n
		}
		alike(t, t, worksheet, plainSST)
	})
}
