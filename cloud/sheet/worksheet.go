package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// cells is a worksheet as a source: read the fast way as far as that goes, and from
// there on by the library.
type cells struct {
	file  *workbookFile
	name  string
	plain *plainRows     // nil: it doesn't go
	shown *excelize.Rows // nil while plain goes
	line  int

	// stored reads the same rows a second time, without number formats. It is
	// opened at the first cell that needs it, because it doubles the work.
	stored     *excelize.Rows
	storedLine int
	storedRow  []string
}

func openSheet(file *workbookFile, name string) (*cells, error) {
	s := &cells{file: file, name: name}
	if s.plain = file.plainRows(name); s.plain != nil {
		return s, nil
	}
	return s, s.show()
}

// show has the library go on behind the rows that were read.
func (s *cells) show() error {
	rows, err := s.file.Rows(s.name)
	if err != nil {
		return fmt.Errorf("%w: %w", &Problem{Code: Damaged}, err)
	}
	s.shown = rows
	for n := 0; n < s.line && rows.Next(); n++ {
		continue
	}
	return nil
}

func (s *cells) next() (int, []string, error) {
	if s.plain != nil {
		row, err := s.plain.next()
		if s.line = s.plain.line; err == nil || errors.Is(err, io.EOF) {
			return s.line, row, err
		}
		_ = s.plain.close() // it was only read
		if s.plain = nil; !errors.Is(err, errOdd) {
			return 0, nil, fmt.Errorf("%w: %w", &Problem{Line: s.line, Code: Damaged}, err)
		}
		if err := s.show(); err != nil {
			return 0, nil, err
		}
	}
	for s.shown.Next() {
		s.line++
		row, err := s.shown.Columns()
		if err != nil {
			return 0, nil, fmt.Errorf("%w: %w", &Problem{Line: s.line, Code: Damaged}, err)
		}
		if len(row) > 0 {
			return s.line, row, nil
		}
	}
	if err := s.shown.Error(); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", &Problem{Line: s.line, Code: Damaged}, err)
	}
	return 0, nil, io.EOF
}

func (s *cells) exact(line, column int) (string, bool) {
	if s.stored == nil {
		rows, err := s.file.Rows(s.name)
		if err != nil {
			return "", false
		}
		s.stored = rows
	}
	for s.storedLine < line && s.stored.Next() {
		s.storedLine++
		s.storedRow = nil
		if s.storedLine < line {
			continue
		}
		row, err := s.stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return "", false
		}
		s.storedRow = row
	}
	if s.storedLine != line || column > len(s.storedRow) {
		return "", false
	}
	return strings.TrimSpace(s.storedRow[column-1]), true
}

func (s *cells) close() (err error) {
	if s.plain != nil {
		err = s.plain.close()
	}
	for _, rows := range []*excelize.Rows{s.shown, s.stored} {
		if rows != nil {
			err = errors.Join(err, rows.Close())
		}
	}
	return err
}
