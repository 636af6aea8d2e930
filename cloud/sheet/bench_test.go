package sheet_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/cloud/sheet"
)

const people = 100_000

func person(i int) []string {
	return []string{
		fmt.Sprintf("person%d@firma.de", i), fmt.Sprintf("HR-%06d", i), "Jürgen", fmt.Sprintf("Müller%d", i),
		fmt.Sprintf("+49176%08d", i), fmt.Sprint(i), "Nord; Süd", "de",
	}
}

var header = []string{"Email", "External ID", "First name", "Last name", "Mobile phone", "Muster ID", "Sites", "Language"}

// inline is a workbook as we write it, shared as Excel does: each text once, in
// a table of its own.
func inline(b testing.TB) []byte {
	var out bytes.Buffer
	w, err := sheet.NewXLSX(&out, "People", header...)
	must(b, err)
	for i := range people {
		must(b, w.Row(person(i)...))
	}
	must(b, w.Close())
	return out.Bytes()
}

func shared(b testing.TB) []byte {
	return book(b, func(f *excelize.File) {
		must(b, f.SetSheetName("Sheet1", "People"))
		must(b, f.SetSheetRow("People", "A1", &header))
		for i := range people {
			row := person(i)
			must(b, f.SetSheetRow("People", fmt.Sprintf("A%d", i+2), &row))
		}
	})
}

// BenchmarkImport reads 100,000 people beside the library's bare rows of the same
// file; the ratio is what counts.
func BenchmarkImport(b *testing.B) {
	b.Run("inline", func(b *testing.B) { compare(b, inline(b)) })
	b.Run("shared", func(b *testing.B) { compare(b, shared(b)) })
}

func compare(b *testing.B, data []byte) {
	var ours, bare time.Duration
	for b.Loop() {
		start := time.Now()
		table, err := sheet.Open(bytes.NewReader(data), int64(len(data)), "x")
		must(b, err)
		n, most := 0, uint64(0)
		for range table.Rows() {
			if n++; n%10_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
		must(b, table.Err())
		must(b, table.Close())
		if n != people {
			b.Fatal(n)
		}
		ours += time.Since(start)
		b.ReportMetric(float64(most>>20), "MB/heap")

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
