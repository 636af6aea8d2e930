package store

import (
	"context"
	"fmt"
)

// Secret returns a thing that exists once in an installation, such as the key
// of the certificate authority. make is called when there is none yet; of two
// callers at the same time one makes it and both get that one.
func (s *Store) Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	var value []byte
	err := s.change(ctx, func(t *tx) error {
		err := known(t.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, name).Scan(&value))
		if !isNotFound(err) {
			return err
		}
		if value, err = make(); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES (?, ?)`, name, value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return value, nil
}
