package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"muster/attendance"
	"muster/device"
)

func sortedCopy(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// chains checks the journals of an organisation: each row's hash is that of its
// content, and each row carries the hash of the one before it, where that is
// here. breaks names the rows that don't.
func chains(ctx context.Context, q querier, org attendance.OrgID) (streams int, breaks []string, err error) {
	var dev, lastDev string
	var last device.Row
	_, err = collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		row, err := scanRow(r, &dev)
		if err != nil {
			return err
		}
		follows := lastDev == dev && last.Stream == row.Stream
		if !follows {
			streams++
		}
		switch place := fmt.Sprintf("%s, stream %s, row %d", dev, row.Stream, row.Seq); {
		case row.Sum() != row.Hash:
			breaks = append(breaks, place+": the content has another hash")
		case follows && last.Seq+1 == row.Seq && last.Hash != row.Prev:
			breaks = append(breaks, place+": it doesn't follow the row before")
		}
		last, lastDev = row, dev
		return nil
	}, `SELECT device, stream, seq, id, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash
		FROM raw_rows WHERE org = ? ORDER BY device, stream, seq`, org)
	if err != nil {
		return 0, nil, fmt.Errorf("check journals: %w", err)
	}
	return streams, breaks, nil
}

// scanRow reads a journal row back as it was told.
func scanRow(r *sql.Rows, dev *string) (device.Row, error) {
	var row device.Row
	var stream, id, prev, hash []byte
	var seq, at, monotonic, offset, uncertainty int64
	err := r.Scan(dev, &stream, &seq, &id, &row.Kind, &row.Payload, &at, &monotonic, &row.Clock.BootID, &offset, &uncertainty, &row.Clock.Trust, &prev, &hash)
	if err != nil {
		return row, err
	}
	row.Seq = uint64(seq) //nolint:gosec // it went in as one
	row.Clock.Device = time.UnixMicro(at)
	row.Clock.Monotonic = time.Duration(monotonic) * time.Microsecond
	row.Clock.Offset = time.Duration(offset) * time.Microsecond
	row.Clock.Uncertainty = time.Duration(uncertainty) * time.Microsecond
	copy(row.Stream[:], stream)
	copy(row.ID[:], id)
	copy(row.Prev[:], prev)
	copy(row.Hash[:], hash)
	return row, nil
}
