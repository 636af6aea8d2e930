package store

import (
	"context"
	"database/sql"
	"fmt"
)

// RewrapFaces puts the newest of the cloud's keys in the place of older ones: each
// picture's own key is wrapped anew, the picture stays as it is. It returns how many
// there were, and how many can't be opened by any key that this cloud has. Once it
// has run, an older key can be taken away; then no backup opens what it wrapped.
func (s *Store) RewrapFaces(ctx context.Context) (rewrapped, lost int, err error) {
	if s.faceKeys == nil {
		err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM face_pictures`).Scan(&lost)
		if err != nil {
			return 0, 0, fmt.Errorf("count face pictures: %w", err)
		}
		return 0, lost, nil
	}
	after := ""
	for {
		// Without the pictures: they are many times larger than their keys.
		some, err := collect(ctx, s.read, scanWrapped, `SELECT id, org, profile, key_name, wrapped FROM face_pictures WHERE key_name != ? AND id > ? ORDER BY id LIMIT 500`,
			s.faceKeys.keys[0].name, after)
		if err != nil {
			return rewrapped, lost, fmt.Errorf("read wrapped keys: %w", err)
		}
		if len(some) == 0 {
			return rewrapped, lost, nil
		}
		done := 0
		err = s.change(ctx, func(t *tx) error {
			done = 0
			for _, p := range some {
				key, err := s.faceKeys.unwrap(p)
				if err != nil {
					continue // counted below
				}
				old := p.key
				s.faceKeys.wrap(&p, key)
				clear(key)
				if _, err := t.ExecContext(ctx, `UPDATE face_pictures SET key_name = ?, wrapped = ? WHERE id = ? AND key_name = ?`, p.key, p.wrapped, p.id, old); err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			return rewrapped, lost, fmt.Errorf("wrap keys anew: %w", err)
		}
		rewrapped, lost, after = rewrapped+done, lost+len(some)-done, some[len(some)-1].id
	}
}

func scanWrapped(r *sql.Rows, p *facePicture) error {
	return r.Scan(&p.id, &p.org, &p.profile, &p.key, &p.wrapped)
}
