package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// Told returns wire.BodySum of what is sent for a place: a row, or what is left of
// one that is damaged; ok is false where there is nothing.
func (s *Store) Told(ctx context.Context, stream uuid.UUID, seq uint64) (sum device.Hash, ok bool, err error) {
	if seq > 1<<62 {
		return sum, false, nil
	}
	row, err := scanRow(s.read.QueryRowContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream WHERE s.id = ? AND j.seq = ?`, stream[:], int64(seq)))
	var body []byte
	switch {
	case err == nil:
		body, err = proto.Marshal(wire.FromRow(row))
	case errors.Is(err, sql.ErrNoRows):
		err = s.read.QueryRowContext(ctx, `SELECT row FROM damaged WHERE stream = ? AND seq = ?`, stream[:], int64(seq)).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return sum, false, nil
		}
	}
	return wire.BodySum(body), err == nil, wrap("look at what was told", err)
}

// Told is Store.Told.
func (l Left) Told(ctx context.Context, stream uuid.UUID, seq uint64) (device.Hash, bool, error) {
	return l.store.Told(ctx, stream, seq)
}
