package store

import (
	"context"
	"database/sql"
	"errors"
)

// Photo returns a picture as JPEG; nil when it isn't here.
func (s *Store) Photo(ctx context.Context, id string) ([]byte, error) {
	var jpeg []byte
	err := s.read.QueryRowContext(ctx, `SELECT jpeg FROM photos WHERE id = ?`, id).Scan(&jpeg)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return jpeg, wrap("look up a photo", err)
}
