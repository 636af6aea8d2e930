package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/internal/failpoint"
)

const appendRow = `INSERT INTO journal
	(stream, seq, id, kind, payload, device_us, monotonic_us, boot, offset_us, uncertainty_us, trust, prev, hash)
	VALUES ((SELECT no FROM streams WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const rowColumns = `s.id, j.seq, j.id, j.kind, j.payload, j.device_us, j.monotonic_us, j.boot, j.offset_us, j.uncertainty_us, j.trust, j.prev, j.hash`

// Head returns the newest row of the current stream. Its Seq is 0 when the
// stream has no row yet; device.ErrNoStream when there is no stream.
func (s *Store) Head(ctx context.Context) (device.Row, error) {
	row, err := scanRow(s.write.QueryRowContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream
		WHERE j.stream = (SELECT max(no) FROM streams) ORDER BY j.seq DESC LIMIT 1`))
	if !errors.Is(err, sql.ErrNoRows) {
		return row, wrap("head of the journal", err)
	}
	var id []byte
	err = s.write.QueryRowContext(ctx, `SELECT id FROM streams ORDER BY no DESC LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return device.Row{}, device.ErrNoStream
	}
	if err != nil {
		return device.Row{}, wrap("head of the journal", err)
	}
	row.Stream, err = uuid.FromBytes(id)
	return row, wrap("head of the journal", err)
}

// Hash returns the hash of a row; ok is false where the row is not there.
func (s *Store) Hash(ctx context.Context, stream uuid.UUID, seq uint64) (h device.Hash, ok bool, err error) {
	if seq > 1<<62 {
		return h, false, nil
	}
	var b []byte
	err = s.read.QueryRowContext(ctx, `SELECT j.hash FROM journal j JOIN streams s ON s.no = j.stream WHERE s.id = ? AND j.seq = ?`, stream[:], int64(seq)).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	copy(h[:], b)
	return h, err == nil, wrap("look at a row", err)
}

// Append adds rows to the current stream, together with what they change. The
// effect belongs to the last row.
func (s *Store) Append(ctx context.Context, effect device.Effect, rows ...device.Row) error {
	failpoint.Pass(failpoint.Appending)
	if err := s.appendAll(context.WithoutCancel(ctx), effect, rows); err != nil {
		return wrap("append to the journal", err)
	}
	newest := rows[len(rows)-1]
	s.notary.head(newest.Stream, newest.Seq)
	s.notary.committed()
	failpoint.Pass(failpoint.Appended)
	if effect.Punch != nil {
		s.recent.add(*effect.Punch)
	}
	if effect.Answer != nil {
		s.answers.add(*effect.Answer, rows[len(rows)-1])
	}
	if effect.Order != nil {
		s.orders.add(*effect.Order, rows[len(rows)-1])
	}
	if effect.Lock != nil {
		s.keepSpare(ctx)
	}
	return nil
}

func (s *Store) appendAll(ctx context.Context, effect device.Effect, rows []device.Row) error {
	if len(rows) == 1 && effect.Command == "" && effect.Lock == nil {
		// One statement is a transaction of its own: nothing to begin, nothing to end.
		return appendOne(ctx, s.append, rows[0])
	}
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		stmt := tx.StmtContext(ctx, s.append)
		for _, row := range rows {
			if err := appendOne(ctx, stmt, row); err != nil {
				return err
			}
		}
		return apply(ctx, tx, effect, rows[len(rows)-1].Clock.Device)
	})
}

func appendOne(ctx context.Context, stmt *sql.Stmt, row device.Row) error {
	_, err := stmt.ExecContext(ctx, row.Stream[:], int64(row.Seq), row.ID[:], string(row.Kind), blob(row.Payload),
		row.Clock.Device.UnixMicro(), row.Clock.Monotonic.Microseconds(), row.Clock.BootID, row.Clock.Offset.Microseconds(),
		row.Clock.Uncertainty.Microseconds(), int64(row.Clock.Trust), row.Prev[:], row.Hash[:])
	return err
}

// blob keeps an empty payload from becoming NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func apply(ctx context.Context, tx *sql.Tx, effect device.Effect, at time.Time) error {
	if effect.Command != "" {
		if _, err := tx.ExecContext(ctx, `INSERT INTO commands (id, outcome, at_us) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			effect.Command, effect.Outcome, at.UnixMicro()); err != nil {
			return err
		}
	}
	if effect.Lock != nil {
		return putState(ctx, tx, stateLock, effect.Lock)
	}
	return nil
}

// scanRow reads a row. A field that can't be what was written is cut or filled up
// or left empty, so that one bad row stops none behind it: its hash tells the
// cloud, which puts it into quarantine.
func scanRow(from interface{ Scan(...any) error }) (device.Row, error) {
	var stream, id, payload, prev, hash []byte
	var kind, boot string
	var seq int64
	var n [5]int64 // device, monotonic, offset, uncertainty, trust
	err := from.Scan(&stream, &seq, &id, &kind, &payload, &n[0], &n[1], &boot, &n[2], &n[3], &n[4], &prev, &hash)
	if err != nil {
		return device.Row{}, err
	}
	row := rowOf(seq, id, kind, payload, n, boot, prev, hash)
	copy(row.Stream[:], stream)
	return row, nil
}

// rowOf puts the columns of a row together, but for the stream. n is the time of
// the device, the monotonic one, the offset and its uncertainty, and the trust.
func rowOf(seq int64, id []byte, kind string, payload []byte, n [5]int64, boot string, prev, hash []byte) device.Row {
	r := device.Row{Seq: uint64(seq), Kind: device.Kind(kind), Payload: payload}
	copy(r.ID[:], id)
	copy(r.Prev[:], prev)
	copy(r.Hash[:], hash)
	r.Clock.BootID = boot
	r.Clock.Device = time.UnixMicro(n[0]).UTC()
	r.Clock.Monotonic, r.Clock.Offset = time.Duration(n[1])*time.Microsecond, time.Duration(n[2])*time.Microsecond
	r.Clock.Uncertainty, r.Clock.Trust = time.Duration(n[3])*time.Microsecond, attendance.Trust(n[4])
	return r
}

// wrap says what was being done when err happened.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, storageError(err))
}
