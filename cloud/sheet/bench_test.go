package sheet_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/cloud/sheet"
)

// BenchmarkImport reads 100,000 people beside the library's bare rows of the same
// file; the ratio is what counts.
func BenchmarkImport(b *testing.B) {
	const people = 100_000
	var out bytes.Buffer
	w, err := sheet.NewXLSX(&out, "People", "Email", "External ID", "First name", "Last name", "Mobile phone", "Muster ID", "Sites", "Language")
	must(b, err)
	for i := range people {
		must(b, w.Row(fmt.Sprintf("person%d@firma.de", i), fmt.Sprintf("HR-%06d", i), "Jürgen", fmt.Sprintf("Müller%d", i), fmt.Sprintf("+49176%08d", i), fmt.Sprint(i), "Nord; Süd", "de"))
	}
	must(b, w.Close())
	data := out.Bytes()
	var ours, bare time.Duration
	for b.Loop() {
		start := time.Now()
		table, err := sheet.Open(bytes.NewReader(data), int64(len(data)), "x")
		must(b, err)
		n := 0
		for range table.Rows() {
			n++
		}
		must(b, table.Err())
		must(b, table.Close())
		if n != people {
			b.Fatal(n)
		}
		ours += time.Since(start)

		start = time.Now()
		f, err := excelize.OpenReader(bytes.NewReader(data))
		must(b, err)
		rows, err := f.Rows("People")
		must(b, err)
		for rows.Next() {
			if _, err := rows.Columns(); err != nil {
				b.Fatal(err)
			}
		}
		must(b, rows.Close())
		must(b, f.Close())
		bare += time.Since(start)
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/import")
	b.ReportMetric(bare.Seconds()/float64(b.N), "s/bare")
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "ratio")
}
