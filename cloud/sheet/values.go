package sheet

import (
	"fmt"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// cell is a value as text, for a program that knows no types. Times are by the
// clock they carry, in the form that Excel takes for a time in the language.
func cell(v any, language string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		switch {
		case v.IsZero():
			return ""
		case tongue(language) != 0:
			return v.Format("02.01.2006 15:04:05")
		default:
			return v.Format("2006-01-02 15:04:05")
		}
	default:
		return fmt.Sprint(v)
	}
}

func (c *commas) Cells(values ...any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = cell(v, c.language)
		if n, ok := v.(int); ok && n < 0 { // a number that begins like a formula
			cells[i] = "\u2212" + strconv.Itoa(-n)
		}
	}
	return c.Row(cells...)
}

// Cells writes numbers as numbers, and times as Excel's own, which each reader
// sees in the form of their country.
func (b *book) Cells(values ...any) error {
	b.line++
	row := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case int:
			row[i] = excelize.Cell{Value: v, StyleID: b.number}
		case time.Time:
			// Excel knows no time before 1900 and none after 9999.
			if y := v.Year(); !v.IsZero() && y >= 1900 && y < 10000 {
				row[i] = excelize.Cell{Value: v, StyleID: b.moment}
			}
		default:
			if s := escape(tidy(cell(v, ""))); s != "" {
				row[i] = excelize.Cell{Value: s, StyleID: b.text}
			}
		}
	}
	if err := b.stream.SetRow(fmt.Sprintf("A%d", b.line), row); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// typed makes the looks of numbers and of times. Format 22 is a date with its time
// as the reader's country writes it.
func typed(file *excelize.File) (number, moment int, err error) {
	font := &excelize.Font{Color: "12181F", Family: "Calibri", Size: 11}
	if number, err = file.NewStyle(&excelize.Style{NumFmt: 1, Font: font}); err != nil {
		return 0, 0, err
	}
	moment, err = file.NewStyle(&excelize.Style{NumFmt: 22, Font: font})
	return number, moment, err
}
