package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// storedColumns are those of raw_rows r that scanRaw takes.
const storedColumns = `r.device, r.org, r.stream, r.seq, r.id, r.kind, r.payload, r.device_time, r.monotonic, r.boot, r.clock_offset, r.uncertainty, r.trust, r.prev, r.hash, r.received_at`

// storedRow is a row of the raw log as it lies there, whatever has happened to it.
type storedRow struct {
	device                  attendance.DeviceID
	org                     attendance.OrgID
	stream, id, prev, hash  []byte
	seq                     int64
	kind, boot              string
	payload                 []byte
	at, mono, offset, width int64
	trust                   int
	received                int64
}

func (v *storedRow) into() []any {
	return []any{
		&v.device, &v.org, &v.stream, &v.seq, &v.id, &v.kind, &v.payload, &v.at, &v.mono, &v.boot, &v.offset, &v.width, &v.trust,
		&v.prev, &v.hash, &v.received,
	}
}

// row returns the journal row. It fails only for a row that nobody could have
// stored.
func (v *storedRow) row() (device.Row, error) {
	r := device.Row{
		Seq: uint64(v.seq), Kind: device.Kind(v.kind), Payload: v.payload,
		Clock: v.clock(),
	}
	var err error
	if r.Stream, err = uuid.FromBytes(v.stream); err != nil {
		return r, fmt.Errorf("stream: %w", err)
	}
	if r.ID, err = uuid.FromBytes(v.id); err != nil {
		return r, fmt.Errorf("id: %w", err)
	}
	if len(v.prev) != len(r.Prev) || len(v.hash) != len(r.Hash) {
		return r, fmt.Errorf("hashes of %d and %d bytes", len(v.prev), len(v.hash))
	}
	r.Prev, r.Hash = device.Hash(v.prev), device.Hash(v.hash)
	return r, nil
}

// clock returns what the tablet's clocks showed.
func (v *storedRow) clock() attendance.ClockReading {
	return attendance.ClockReading{
		Device: time.UnixMicro(v.at).UTC(), Monotonic: time.Duration(v.mono) * time.Microsecond, BootID: v.boot,
		Offset: time.Duration(v.offset) * time.Microsecond, Uncertainty: time.Duration(v.width) * time.Microsecond, Trust: attendance.Trust(v.trust),
	}
}

// keptRows returns the rows of the raw log that entries of the quarantine are
// about, by entry.
func keptRows(ctx context.Context, q querier, ids []int64) (map[int64]storedRow, error) {
	type entry struct {
		id  int64
		row storedRow
	}
	found, err := collect(ctx, q, func(r *sql.Rows, e *entry) error { return r.Scan(append([]any{&e.id}, e.row.into()...)...) },
		`SELECT q.id, `+storedColumns+` FROM quarantine q JOIN raw_rows r ON r.device = q.device AND r.stream = q.stream AND r.seq = q.seq
		WHERE q.body IS NULL AND q.id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))`, numbers(ids))
	if err != nil {
		return nil, fmt.Errorf("read the raw log: %w", err)
	}
	rows := make(map[int64]storedRow, len(found))
	for _, e := range found {
		rows[e.id] = e.row
	}
	return rows, nil
}
