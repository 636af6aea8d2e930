package sheet

import (
	"archive/zip"
	"encoding/xml"
	"slices"
	"strings"
)

// plainRows reads a worksheet's rows the fast way; nil: it can't be told where they
// are.
func (f *workbookFile) plainRows(name string) *plainRows {
	part := f.part(f.target(name))
	if part == nil {
		return nil
	}
	if _, err := f.strings(); err != nil {
		return nil // what is wrong with it is the library's to say
	}
	rows, err := newPlainRows(part, f.strings, f.shows)
	if err != nil {
		return nil
	}
	return rows
}

// part is a part of the archive that has its name to itself; nil: there is none.
func (f *workbookFile) part(name string) (found *zip.File) {
	for _, part := range f.archive.File {
		if lower(part.Name) != strings.ToLower(name) {
			continue
		}
		if found != nil || part.Name != name {
			return nil
		}
		found = part
	}
	return found
}

// target is the part that holds a worksheet; empty: it can't be told.
func (f *workbookFile) target(sheet string) string {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if !f.parse("xl/workbook.xml", &book) || !f.parse("xl/_rels/workbook.xml.rels", &relations) {
		return ""
	}
	id, target := "", ""
	for _, s := range book.Sheets {
		if !strings.EqualFold(s.Name, sheet) {
			continue
		}
		if id != "" {
			return ""
		}
		id = s.ID
	}
	for _, r := range relations.All {
		if r.ID != id {
			continue
		}
		if target != "" {
			return ""
		}
		target = r.Target
	}
	target = strings.TrimPrefix(target, "/xl/")
	if id == "" || !strings.HasPrefix(target, "worksheets/") || strings.Contains(target, "..") {
		return ""
	}
	return "xl/" + target
}

// parse reads a small part, of which inspect has seen that it is small.
func (f *workbookFile) parse(name string, into any) bool {
	part := f.part(name)
	if part == nil {
		return false
	}
	in, err := part.Open()
	if err != nil {
		return false
	}
	defer func() { _ = in.Close() }() // inspect has read it to its end
	return xml.NewDecoder(in).Decode(into) == nil
}

// strings is the table of texts that cells refer to.
func (f *workbookFile) strings() ([]string, error) {
	if f.tableRead {
		return f.table, f.tableError
	}
	f.tableRead = true
	const name = "xl/sharedStrings.xml"
	if !slices.ContainsFunc(f.archive.File, func(part *zip.File) bool { return lower(part.Name) == strings.ToLower(name) }) {
		return nil, nil // an empty one
	}
	part := f.part(name)
	if part == nil || part.UncompressedSize64 > mostTable {
		f.tableError = errOdd
		return nil, errOdd
	}
	f.table, f.tableError = stringTable(part)
	return f.table, f.tableError
}

// The number formats that show what is stored.
const (
	general  = 0  // of numbers that aren't long
	textOnly = 49 // of texts
)

// shows tells whether a style shows texts, and short numbers, as they are stored.
func (f *workbookFile) shows(style int) (texts, numbers bool) {
	s := f.Styles
	if s == nil {
		return false, false
	}
	if s.CellXfs == nil || style >= len(s.CellXfs.Xf) {
		return true, true // there is no such style
	}
	format := general
	if n := s.CellXfs.Xf[style].NumFmtID; n != nil {
		format = *n
	}
	if s.NumFmts != nil {
		for _, own := range s.NumFmts.NumFmt {
			if own.NumFmtID == format {
				return false, false
			}
		}
	}
	return format == general || format == textOnly, format == general
}
