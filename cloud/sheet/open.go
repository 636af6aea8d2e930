package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Open finds out what the file is and where its header is. name is only for
// messages. The error of a file that can't be taken is a *Problem; any other is
// trouble with reading. r must stay readable until Close.
func Open(r io.ReaderAt, size int64, name string) (*Table, error) {
	if size > MaxSize {
		return nil, &Problem{Code: TooLarge, Given: excerpt(name)}
	}
	if size == 0 {
		return nil, &Problem{Code: Empty, Given: excerpt(name)}
	}
	start := make([]byte, min(size, 4096))
	if n, err := r.ReadAt(start, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(start)) {
		return nil, fmt.Errorf("read %s: %w", excerpt(name), err)
	}
	var table *Table
	err := protect(func() error {
		var err error
		switch code := kind(start); {
		case code == workbook:
			table, err = openWorkbook(r, size)
		case code == compound:
			err = &Problem{Code: insideCompound(r, size)}
		case code != "":
			err = &Problem{Code: code}
		default:
			table, err = openText(r, size)
		}
		return err
	})
	var problem *Problem
	if errors.As(err, &problem) && problem.Given == "" {
		problem.Given = excerpt(name)
	}
	return table, err
}

// What kind also tells, besides codes.
const (
	workbook Code = "zip"
	compound Code = "compound"
)

// kind tells what a file is by its first bytes; empty: perhaps text.
func kind(start []byte) Code {
	for _, m := range []struct {
		magic string
		code  Code
	}{
		{"PK\x03\x04", workbook},
		{"PK\x05\x06", Empty},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", compound},
		{"\x09\x08\x10\x00", OldExcel},
		{"\x09\x08\x08\x00", OldExcel},
		{"%PDF", NotTable},
		{"MZ", NotTable},
		{"\x7fELF", NotTable},
		{"\x89PNG", NotTable},
		{"\xff\xd8\xff", NotTable},
		{"GIF8", NotTable},
		{"{\\rtf", NotTable},
		{"\x1f\x8b", NotTable},
		{"7z\xbc\xaf", NotTable},
		{"Rar!", NotTable},
	} {
		if bytes.HasPrefix(start, []byte(m.magic)) && (m.magic != "MZ" || bytes.IndexByte(start, 0) > 0) {
			return m.code
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(start[:min(len(start), 1000)], "\ufeff \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("excel.sheet")):
		return OldExcel
	case bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<table")),
		bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<meta")):
		return WebPage
	default:
		return ""
	}
}

// insideCompound tells an encrypted workbook from an old one: both are in
// Microsoft's compound file, and its directory names what is inside.
func insideCompound(r io.ReaderAt, size int64) Code {
	encrypted := wide("EncryptedPackage")
	old := [][]byte{wide("Workbook"), wide("Book")}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Damaged
	}
	if bytes.Contains(data, encrypted) {
		return Encrypted
	}
	for _, name := range old {
		if bytes.Contains(data, name) {
			return OldExcel
		}
	}
	return NotTable
}

func wide(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// begin reads the first rows of a source and finds the header in them.
func (t *Table) begin() error {
	src, err := t.open()
	if err != nil {
		return err
	}
	defer func() { _ = src.close() }()
	var rows [][]string
	var lines []int
	for last := 0; len(rows) < searched && (len(rows) == 0 || last < far); {
		line, cells, err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		last = line
		cells = trimmed(cells)
		if len(cells) > 0 && !remark(cells) {
			rows, lines = append(rows, cells), append(lines, line)
		}
	}
	if len(rows) == 0 {
		return &Problem{Code: Empty}
	}
	at, _ := findHeader(rows)
	if at < 0 {
		return &Problem{Line: lines[0], Code: NoHeader, Given: excerpt(joined(rows[0]))}
	}
	t.Line = lines[at]
	cells := rows[at]
	if len(cells) > MaxColumns {
		t.Problems = append(t.Problems, Problem{Line: t.Line, Column: MaxColumns + 1, Code: TooManyColumns})
		cells = cells[:MaxColumns]
	}
	var problems []Problem
	t.Columns, problems = columns(t.Line, cells)
	t.Problems = append(t.Problems, problems...)
	return nil
}

// trimmed copies the cells without the empty ones at the end.
func trimmed(cells []string) []string {
	out := make([]string, 0, len(cells))
	last := 0
	for i, cell := range cells {
		cell = tidy(cell)
		out = append(out, cell)
		if cell != "" {
			last = i + 1
		}
	}
	return out[:last]
}

func joined(cells []string) string {
	var b bytes.Buffer
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(cell)
		if b.Len() > 400 {
			break
		}
	}
	return b.String()
}
