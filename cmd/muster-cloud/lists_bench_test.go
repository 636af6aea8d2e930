package main

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/intake"
)

// BenchmarkImportPeople takes 100,000 people in from an xlsx file: read, checked
// and kept row by row, then written with their sites and the tablets' feeds;
// beside the library's bare read of the same file: in time, and in CPU, which counts
// where other programs are at work. Then the same file once more.
func BenchmarkImportPeople(b *testing.B) {
	const n = 100_000
	file := written(b, []string{"Email", "External ID", "First name", "Last name", "Mobile phone", "Muster ID", "Sites", "Language"}, n, func(i int) []string {
		return []string{
			fmt.Sprintf("person%d@firma.de", i), fmt.Sprintf("HR-%06d", i), "Jürgen", fmt.Sprintf("Müller%d", i),
			fmt.Sprintf("+49176%08d", i), fmt.Sprint(100000 + i), "Nord", "de",
		}
	})
	var bare, check, write, again, bareCPU, oursCPU time.Duration
	var most uint64
	for b.Loop() {
		o := newOffice(b)
		from, cpu := time.Now(), spent(b)
		f, err := excelize.OpenReader(bytes.NewReader(file))
		o.must(err)
		rows, err := f.Rows("People")
		o.must(err)
		for rows.Next() {
			_, err := rows.Columns()
			o.must(err)
		}
		o.must(f.Close())
		bare, bareCPU = bare+time.Since(from), bareCPU+spent(b)-cpu

		from, cpu = time.Now(), spent(b)
		v := o.upload(intake.Upload{Name: "people.xlsx", File: file})
		if v.Counts[intake.New] != n {
			b.Fatalf("%+v %+v", v, o.rows(v, intake.Refused)[:3])
		}
		check += time.Since(from)
		from = time.Now()
		if v = o.confirm(v, intake.Confirmation{}); v.Stage != intake.Done || v.Written != n {
			b.Fatalf("%+v", v)
		}
		write, oursCPU = write+time.Since(from), oursCPU+spent(b)-cpu
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)

		from = time.Now()
		if v = o.upload(intake.Upload{Name: "people.xlsx", File: file}); v.Counts[intake.Same] != n {
			b.Fatalf("%+v", v)
		}
		again += time.Since(from)
	}
	for d, unit := range map[*time.Duration]string{&bare: "s/bare", &check: "s/check", &write: "s/write", &again: "s/check-again"} {
		b.ReportMetric(d.Seconds()/float64(b.N), unit)
	}
	b.ReportMetric(float64(check+write)/float64(bare), "x-bare")
	b.ReportMetric(float64(oursCPU)/float64(bareCPU), "x-bare-cpu")
	b.ReportMetric(oursCPU.Seconds()/float64(b.N), "s/cpu")
	b.ReportMetric(float64(most>>20), "MB/heap")
}
