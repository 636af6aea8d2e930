package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// Origin tells what is known of a tablet that journal rows are said to come from.
func (s *Store) Origin(ctx context.Context, dev attendance.DeviceID) (device.Origin, error) {
	var o device.Origin
	var created, revoked int64
	err := s.read.QueryRowContext(ctx, `SELECT org, name, created_at, revoked_at FROM devices WHERE id = ?`, dev).Scan(&o.Org, &o.Name, &created, &revoked)
	if err != nil {
		return o, fmt.Errorf("origin %s: %w", dev, known(err))
	}
	o.Created, o.Revoked = fromMicros(created), fromMicros(revoked)
	o.Keys, err = collect(ctx, s.read, scanOne[[]byte], `SELECT public_key FROM certificates WHERE device = ?`, dev)
	if err != nil {
		return o, fmt.Errorf("origin %s: %w", dev, err)
	}
	return o, nil
}

// Present tells of each row of a tablet whether it is here already.
func (s *Store) Present(ctx context.Context, dev attendance.DeviceID, rows []device.Row) ([]bool, error) {
	there := make([]bool, len(rows))
	for i, r := range rows {
		var hash []byte
		err := s.read.QueryRowContext(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, dev, r.Stream[:], int64(r.Seq)).Scan(&hash) //nolint:gosec // bounded where it is read
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("look for row %s/%d: %w", r.Stream, r.Seq, err)
		}
		there[i] = err == nil && bytes.Equal(hash, r.Hash[:])
	}
	return there, nil
}

// NoteImport puts an import into the record of what people did. An actor without
// a user is whoever works at the machine itself.
func (s *Store) NoteImport(ctx context.Context, actor access.Actor, dev attendance.DeviceID, rows int) error {
	if actor.Org == "" || actor.User != "" && !actor.May(access.ManageSites) {
		return access.ErrForbidden
	}
	return s.change(ctx, func(t *tx) error {
		var there bool
		if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM devices WHERE id = ? AND org = ?)`, dev, actor.Org).Scan(&there); err != nil {
			return fmt.Errorf("note an import: %w", err)
		}
		if !there {
			return access.ErrNotFound
		}
		return t.audit(ctx, actor, "import", fmt.Sprintf("%s: %d rows", dev, rows))
	})
}
