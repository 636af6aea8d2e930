package sheet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"muster/cloud/sheet"
)

// A small file must not keep the importer busy: others wait for theirs.
func TestWorkbooksThatOnlyTakeTime(t *testing.T) {
	t.Parallel()
	far := func(reference string) string {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, `<row r="%d"><c %s><v>1</v></c></row>`, i+2, strings.ReplaceAll(reference, "#", fmt.Sprint(i+2)))
		}
		return b.String()
	}
	for name, rows := range map[string]string{
		"a million and more empty rows":      strings.Repeat("<row/>", 1<<20+1),
		"eleven million empty cells":         strings.Repeat(`<row>`+strings.Repeat("<c/>", 11_000)+`</row>`, 1000),
		"rows that reach to the last column": far(`r="XFD#"`),
		"the same in other words":            far(`t = "n"  r = '$xFd$#'`),
		"the same, disguised":                far(`s="1>2" r="&#88;FD#"`),
		"the same, said twice":               far(`r="A#" x:r="XFD#"`),
		"more columns than there are":        `<row r="2">` + strings.Repeat("<c><v>1</v></c>", 16_385) + `</row>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, with(t, first, head+`<sheetData>`+title+rows+`</sheetData></worksheet>`))
			var p *sheet.Problem
			if !errors.As(err, &p) || p.Code != sheet.TooLarge {
				t.Errorf("%v, want %s", err, sheet.TooLarge)
			}
		})
	}
}

// Somebody leaned on a key once, far to the right, and Excel keeps rows that were
// coloured: that is no reason to refuse a list.
func TestStrayCellsAndEmptyRowsAreTaken(t *testing.T) {
	t.Parallel()
	table, err := open(t, book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"Email"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"a@b.de"}))
		must(t, f.SetCellValue("Sheet1", "XFD9", "x"))
		must(t, f.SetCellValue("Sheet1", "A20000", "c@d.de"))
	}))
	must(t, err)
	var found []string
	for row := range table.Rows() {
		found = append(found, row.Cells[sheet.Email])
	}
	must(t, table.Err())
	if got := strings.Join(found, " "); got != "a@b.de c@d.de" {
		t.Errorf("found %s", got)
	}
}
