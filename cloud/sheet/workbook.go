package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

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
	file := &workbookFile{archive: archive, all: io.NewSectionReader(r, 0, size)}
	if err := file.open(); err != nil {
		return nil, err
	}
	table, err := firstTable(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	table.Lines = rows
	return table, nil
}

func firstTable(file *workbookFile) (*Table, error) {
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

// workbookFile is a workbook that the library has opened, with its archive beside
// it.
type workbookFile struct {
	*excelize.File // at first without its large parts, which may not be needed
	archive        *zip.Reader
	all            io.ReadSeeker
	whole          *excelize.File // with all parts; nil: File is that, or nobody has asked
	without        bool           // File lacks parts

	table      []string // of strings, once it was asked for
	tableError error
	tableRead  bool
}

func (f *workbookFile) open() (err error) {
	f.without = slices.ContainsFunc(f.archive.File, large)
	if !f.without {
		f.File, err = unpack(f.all)
		return err
	}
	var light bytes.Buffer
	if err := lighten(&light, f.archive); err != nil {
		return fmt.Errorf("%w: %w", &Problem{Code: Damaged}, err)
	}
	f.File, err = unpack(&light)
	return err
}

// large tells whether a part is one that the library needs for rows only, and would
// take through a temporary file.
func large(part *zip.File) bool {
	return part.UncompressedSize64 > memoryShare && streamed(lower(part.Name))
}

func unpack(r io.Reader) (*excelize.File, error) {
	file, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: memoryShare})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", &Problem{Code: Damaged}, err)
	}
	return file, nil
}

// lighten writes an archive that has nothing in the place of its large parts.
func lighten(to io.Writer, archive *zip.Reader) error {
	w := zip.NewWriter(to)
	for _, part := range archive.File {
		if !large(part) {
			if err := w.Copy(part); err != nil {
				return err
			}
			continue
		}
		empty, err := w.Create(part.Name)
		if err == nil {
			_, err = io.WriteString(empty, "<empty/>")
		}
		if err != nil {
			return err
		}
	}
	return w.Close()
}

// Rows has the library read a worksheet's rows.
func (f *workbookFile) Rows(sheet string) (*excelize.Rows, error) {
	if !f.without {
		return f.File.Rows(sheet)
	}
	if f.whole == nil {
		if _, err := f.all.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		file, err := unpack(f.all)
		if err != nil {
			return nil, err
		}
		f.whole = file
	}
	return f.whole.Rows(sheet)
}

// Close gives back what the library holds.
func (f *workbookFile) Close() error {
	err := f.File.Close()
	if f.whole != nil {
		err = errors.Join(err, f.whole.Close())
	}
	return err
}
