// Package tables joins what reads and writes spreadsheets, and what checks
// addresses, to those who import people.
package tables

import (
	"errors"
	"io"
	"iter"
	"slices"

	"muster/cloud/contact"
	"muster/cloud/importer"
	"muster/cloud/sheet"
	"muster/intake"
	"muster/invite"
)

// Reader opens spreadsheets.
type Reader struct{}

// Open finds out what a file is. See importer.Tables.
func (Reader) Open(file io.ReaderAt, size int64, name string) (importer.Table, error) {
	t, err := sheet.Open(file, size, name)
	if err != nil {
		return nil, understood(err)
	}
	return table{t}, nil
}

// understood makes a sheet's problem one of the importer.
func understood(err error) error {
	var p *sheet.Problem
	if !errors.As(err, &p) {
		return err
	}
	return &importer.Unreadable{Problem: problemOf(*p)}
}

func problemOf(p sheet.Problem) intake.Problem {
	return intake.Problem{Column: sheet.Letters(p.Column), Code: string(p.Code), Given: p.Given, Suggestion: p.Suggestion, Line: p.Line}
}

type table struct{ *sheet.Table }

func (t table) Sheet() intake.Sheet {
	s := intake.Sheet{Format: t.Format, Name: t.Table.Sheet, Lines: t.Lines}
	for _, c := range t.Columns {
		switch letter := sheet.Letters(c.Place); {
		case c.Field == "":
		case slices.Contains(intake.Fields, intake.Field(c.Field)):
			s.Columns = append(s.Columns, intake.Column{Letter: letter, Title: c.Title, Field: intake.Field(c.Field)})
		default:
			s.Aside = append(s.Aside, intake.Problem{Column: letter, Code: string(sheet.UnknownColumn), Given: c.Title})
		}
	}
	for _, p := range t.Problems {
		s.Aside = append(s.Aside, problemOf(p))
	}
	return s
}

func (t table) Rows() iter.Seq[intake.Row] {
	return func(yield func(intake.Row) bool) {
		for row := range t.Table.Rows() {
			r := intake.Row{Line: row.Line, Cells: make(map[intake.Field]string, len(row.Cells))}
			for f, cell := range row.Cells {
				r.Cells[intake.Field(f)] = cell
			}
			for _, p := range row.Problems {
				q := problemOf(p)
				q.Field, q.Line = t.field(p.Column), 0
				r.Problems = append(r.Problems, q)
			}
			if !yield(r) {
				return
			}
		}
	}
}

func (t table) field(place int) intake.Field {
	for _, c := range t.Columns {
		if c.Place == place {
			return intake.Field(c.Field)
		}
	}
	return ""
}

func (t table) Err() error {
	if err := t.Table.Err(); err != nil {
		return understood(err)
	}
	return nil
}

// Contacts checks addresses and numbers.
type Contacts struct{}

// Email is contact.Email.
func (Contacts) Email(given string) (string, *invite.Refusal) { return contact.Email(given) }

// Phone is contact.Phone.
func (Contacts) Phone(given, region string) (string, *invite.Refusal) {
	return contact.Phone(given, region)
}

// Doubt tells why a contact that is lawful deserves a second look.
func (Contacts) Doubt(email, phone string) (code, suggestion string) {
	switch {
	case contact.Typo(email) != "":
		return string(contact.LikelyTypo), contact.Typo(email)
	case email == "" && phone != "" && !contact.Mobile(phone):
		return string(contact.Landline), ""
	default:
		return "", ""
	}
}

// Writer writes spreadsheets.
type Writer struct{}

// Template writes an empty list with examples. See console.Lists.
func (Writer) Template(w io.Writer, format, language string) error {
	if format == "csv" {
		return sheet.TemplateCSV(w, language)
	}
	return sheet.TemplateXLSX(w, language)
}

// Title is a column's header in a language.
func (Writer) Title(f intake.Field, language string) string { return sheet.Field(f).Title(language) }

// Write writes a list.
func (Writer) Write(w io.Writer, format, language, name string, titles []string, rows iter.Seq[[]string]) error {
	out, err := newList(w, format, language, name, titles)
	if err != nil {
		return err
	}
	for row := range rows {
		if err := out.Row(row...); err != nil {
			return err
		}
	}
	return out.Close()
}

func newList(w io.Writer, format, language, name string, titles []string) (sheet.Writer, error) {
	if format == "csv" {
		return sheet.NewCSV(w, language, titles...)
	}
	return sheet.NewXLSX(w, name, titles...)
}
