package journal

import (
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"muster/device"
)

// Report is what a look at a whole journal found.
type Report struct {
	Rows    int
	Streams []Span
	Faults  []string // in English, one for each row that is not as it was written
}

// Span is what there is of one stream. Rows that the cloud has had for long are
// pruned from its old end.
type Span struct {
	Stream      uuid.UUID
	First, Last uint64
	From, To    time.Time // device time
}

// Verify checks that each row is as it was hashed and follows the one before it.
// Rows come stream by stream, in order of seq.
func Verify(rows iter.Seq[device.Row]) Report {
	var report Report
	var before device.Row
	for row := range rows {
		report.Rows++
		first := report.Rows == 1 || row.Stream != before.Stream
		if first {
			report.Streams = append(report.Streams, Span{Stream: row.Stream, First: row.Seq, From: row.Clock.Device})
		}
		span := &report.Streams[len(report.Streams)-1]
		span.Last, span.To = row.Seq, row.Clock.Device
		fault := ""
		switch {
		case row.Sum() != row.Hash:
			fault = "was changed after it was written"
		case first && row.Seq == 1 && row.Prev != device.Hash{}:
			fault = "is the first of its stream and names one before it"
		case !first && row.Seq != before.Seq+1:
			fault = fmt.Sprintf("comes after %d: rows between are missing", before.Seq)
		case !first && row.Prev != before.Hash:
			fault = "does not follow the row before it"
		}
		if fault != "" {
			report.Faults = append(report.Faults, fmt.Sprintf("stream %s, row %d %s", row.Stream, row.Seq, fault))
		}
		before = row
	}
	return report
}
