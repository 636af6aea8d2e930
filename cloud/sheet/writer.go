package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Writer writes one table, row by row. Each cell is text: ids keep their zeros,
// numbers their plus, and nothing is a formula.
type Writer interface {
	// Row writes one row; cells beyond the titles are written too.
	Row(cells ...string) error
	// Cells is Row for values that are string, int or time.Time; a zero time is
	// an empty cell.
	Cells(values ...any) error
	// Close writes what is left. The table is not complete without it.
	Close() error
}

// NewCSV writes csv that Excel opens with a double click in the language: UTF-8
// with its mark, and semicolons where the comma is the decimal sign.
func NewCSV(w io.Writer, language string, titles ...string) (Writer, error) {
	buffered := bufio.NewWriterSize(w, 64<<10)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	out := &commas{buffered: buffered, csv: csv.NewWriter(buffered), language: language}
	out.csv.UseCRLF = true
	if tongue(language) != 0 {
		out.csv.Comma = ';'
	}
	return out, out.Row(titles...)
}

type commas struct {
	buffered *bufio.Writer
	csv      *csv.Writer
	language string
}

func (c *commas) Row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = guard(tidy(cell))
	}
	if err := c.csv.Write(safe); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func (c *commas) Close() error {
	c.csv.Flush()
	if err := c.csv.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	if err := c.buffered.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// NewXLSX writes a workbook with one sheet of that name, its titles styled and
// kept in view. All of it goes to w at Close; large sheets wait in a temporary
// file until then.
func NewXLSX(w io.Writer, name string, titles ...string) (Writer, error) {
	out := &book{w: w, file: excelize.NewFile(), titles: titles}
	if err := out.begin(sheetName(name)); err != nil {
		_ = out.file.Close() // the first error is the one to tell
		return nil, fmt.Errorf("write xlsx: %w", err)
	}
	return out, nil
}

type book struct {
	w      io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	titles []string
	text   int // style
	number int // style
	moment int // style
	line   int
}

func (b *book) begin(name string) error {
	if err := b.file.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	head, text, _, err := styles(b.file)
	if err != nil {
		return err
	}
	b.text = text
	if b.number, b.moment, err = typed(b.file); err != nil {
		return err
	}
	if b.stream, err = b.file.NewStreamWriter(name); err != nil {
		return err
	}
	if err := prepare(b.stream, b.titles, text); err != nil {
		return err
	}
	return b.row(b.titles, head)
}

// prepare sets the columns' widths and formats and keeps the header in view.
func prepare(s *excelize.StreamWriter, titles []string, text int) error {
	for i, title := range titles {
		width := float64(max(14, min(40, utf8.RuneCountInString(title)+6)))
		if headers[fold(title)] == Email {
			width = 32
		}
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if len(titles) > 0 { // what is typed below stays text too
		if err := s.SetColStyle(1, len(titles), text); err != nil {
			return err
		}
	}
	return s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// styles makes the looks of a header, of a cell and of a remark. Format 49 is
// "text": Excel then never counts with what it sees.
func styles(file *excelize.File) (head, text, remark int, err error) {
	font := func(bold, italic bool, colour string) *excelize.Font {
		return &excelize.Font{Bold: bold, Italic: italic, Color: colour, Family: "Calibri", Size: 11}
	}
	if head, err = file.NewStyle(&excelize.Style{
		NumFmt: 49, Font: font(true, false, "F7F8FA"), Alignment: &excelize.Alignment{Vertical: "center"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"0B6E99"}},
	}); err != nil {
		return 0, 0, 0, err
	}
	if text, err = file.NewStyle(&excelize.Style{NumFmt: 49, Font: font(false, false, "12181F")}); err != nil {
		return 0, 0, 0, err
	}
	remark, err = file.NewStyle(&excelize.Style{NumFmt: 49, Font: font(false, true, "5A6673")})
	return head, text, remark, err
}

func (b *book) row(cells []string, style int) error {
	b.line++
	values := make([]any, len(cells))
	for i, cell := range cells {
		if cell = escape(tidy(cell)); cell != "" {
			values[i] = excelize.Cell{Value: cell, StyleID: style}
		}
	}
	return b.stream.SetRow(fmt.Sprintf("A%d", b.line), values)
}

func (b *book) Row(cells ...string) error {
	if err := b.row(cells, b.text); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

func (b *book) Close() error {
	defer func() { _ = b.file.Close() }() // temporary files only
	if b.line > 1 && len(b.titles) > 0 {
		corner, err := excelize.CoordinatesToCellName(len(b.titles), b.line)
		if err != nil {
			return fmt.Errorf("write xlsx: %w", err)
		}
		if err := b.file.AutoFilter(b.stream.Sheet, "A1:"+corner, nil); err != nil {
			return fmt.Errorf("write xlsx: %w", err)
		}
	}
	if err := b.stream.Flush(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	if err := b.file.Write(b.w); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// sheetName keeps to what Excel allows: 31 characters, none of a few signs.
func sheetName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return ' '
		}
		return r
	}, tidy(name)), "' \n\t")
	for utf8.RuneCountInString(name) > 31 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = strings.TrimRight(name[:len(name)-n], "' ")
	}
	if name == "" {
		return "Muster"
	}
	return name
}
