package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// Limits of what is read.
const (
	MaxSize    = 32 << 20 // bytes of a file
	MaxRows    = 200_000  // rows that aren't empty, below the header
	MaxColumns = 256
	MaxCell    = 1000 // characters
)

// Table is an opened file whose header was found. It reads from the file while
// rows are read; it is not safe for concurrent use.
type Table struct {
	Format    string // "xlsx" or "csv"
	Sheet     string // the worksheet's name; empty in csv
	Encoding  string // such as "windows-1252"; empty in xlsx
	Separator rune   // of csv
	Line      int    // the header's
	Columns   []Column
	// Problems are those of the header.
	Problems []Problem
	// Lines is an upper bound of the rows to come, for a progress bar; in csv a
	// quoted line break counts too.
	Lines int

	open  func() (source, error) // from the file's beginning
	close func() error
	err   error
}

// Row is one person's row.
type Row struct {
	Line     int
	Cells    map[Field]string // those that aren't empty
	Problems []Problem        // of single cells; the row is given all the same
}

// source gives a file's rows in order, then io.EOF.
type source interface {
	// next tells the line, from 1, and the cells. The slice is valid until the
	// next call.
	next() (line int, cells []string, err error)
	// exact tells a cell's number as stored when the one shown may be rounded or
	// formatted; column from 1. ok is false where nothing better is known.
	exact(line, column int) (text string, ok bool)
	close() error
}

// Has tells whether the file has a column of that meaning.
func (t *Table) Has(f Field) bool {
	for _, c := range t.Columns {
		if c.Field == f {
			return true
		}
	}
	return false
}

// Rows gives the rows below the header, without empty ones and remarks. It may
// be run more than once, each time from the first row. When it has ended, Err
// says whether all were given.
func (t *Table) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		t.err = protect(func() error { return t.read(yield) })
	}
}

// Err is what ended the last Rows early: a *Problem with TooManyRows or Damaged,
// or trouble with reading the file. It is nil when the caller ended it.
func (t *Table) Err() error { return t.err }

// Close gives back what the table holds. The file itself is the caller's.
func (t *Table) Close() error { return t.close() }

func (t *Table) read(yield func(Row) bool) error {
	src, err := t.open()
	if err != nil {
		return err
	}
	defer func() { _ = src.close() }() // it was only read
	for n := 0; ; {
		line, cells, err := src.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line <= t.Line || remark(cells) {
			continue
		}
		row := t.row(src, line, cells)
		if len(row.Cells) == 0 && len(row.Problems) == 0 {
			continue
		}
		if n++; n > MaxRows {
			return &Problem{Line: line, Code: TooManyRows, Given: fmt.Sprint(MaxRows)}
		}
		if !yield(row) {
			return nil
		}
	}
}

// row takes the cells of the columns that mean something.
func (t *Table) row(src source, line int, cells []string) Row {
	row := Row{Line: line, Cells: make(map[Field]string, len(t.Columns))}
	for _, c := range t.Columns {
		if c.Field == "" || c.Place > len(cells) || cells[c.Place-1] == "" {
			continue
		}
		text, code := take(src, c, line, cells[c.Place-1])
		if code != "" {
			row.Problems = append(row.Problems, Problem{Line: line, Column: c.Place, Code: code, Given: excerpt(cells[c.Place-1])})
		}
		if text != "" {
			row.Cells[c.Field] = text
		}
	}
	return row
}

// protect turns a library's panic over a hostile file into an error.
func protect(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", &Problem{Code: Damaged}, p)
		}
	}()
	return work()
}
