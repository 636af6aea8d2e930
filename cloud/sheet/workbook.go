package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// memoryShare is how large a part of a workbook may be, unpacked, to be kept in
// memory; larger worksheets and string tables go through temporary files.
const memoryShare = 1 << 20

// openWorkbook opens the first visible worksheet that has a header.
func openWorkbook(r io.ReaderAt, size int64) (*Table, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &Problem{Code: Damaged}
	}
	rows, err := inspect(archive)
	if err != nil {
		return nil, err
	}
	// Everything is known to be within bounds now: the library may unpack it.
	file, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: memoryShare,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", &Problem{Code: Damaged}, err)
	}
	table, err := firstTable(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	table.Lines = rows
	return table, nil
}

func firstTable(file *excelize.File) (*Table, error) {
	var first error
	for _, name := range file.GetSheetList() {
		if visible, err := file.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		t := &Table{
			Format: "xlsx", Sheet: name, close: file.Close,
			open: func() (source, error) { return openSheet(file, name) },
		}
		err := t.begin()
		if err == nil {
			return t, nil
		}
		var problem *Problem
		if !errors.As(err, &problem) {
			return nil, err
		}
		if first == nil || emptiness(first) && !emptiness(err) {
			first = err
		}
	}
	if first == nil {
		first = &Problem{Code: Empty}
	}
	return nil, first
}

func emptiness(err error) bool {
	var problem *Problem
	return errors.As(err, &problem) && problem.Code == Empty
}

// cells is a worksheet as a source.
type cells struct {
	file  *excelize.File
	name  string
	shown *excelize.Rows
	line  int

	// stored reads the same rows a second time, without number formats. It is
	// opened at the first cell that needs it, because it doubles the work.
	stored     *excelize.Rows
	storedLine int
	storedRow  []string
}

func openSheet(file *excelize.File, name string) (*cells, error) {
	rows, err := file.Rows(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", &Problem{Code: Damaged}, err)
	}
	return &cells{file: file, name: name, shown: rows}, nil
}

func (s *cells) next() (int, []string, error) {
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

func (s *cells) close() error {
	err := s.shown.Close()
	if s.stored != nil {
		err = errors.Join(err, s.stored.Close())
	}
	return err
}
