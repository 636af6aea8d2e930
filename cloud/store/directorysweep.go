package store

import (
	"context"
	"fmt"

	"muster/attendance"
)

// sweptAtOnce is how many people are swept in one transaction: others write too.
const sweptAtOnce = 500

// SweepDirectory forgets what directories told of people who were removed, their user names
// above all, and returns of how many people it was. dropFromDirectory does that when this
// program removes somebody; a cloud of an earlier version, beside this one or before it,
// leaves it. An organisation that was moved away stays as it is.
func (s *Store) SweepDirectory(ctx context.Context) (people int, err error) {
	for {
		swept := 0
		err := s.changeLocked(ctx, func(t *tx) error {
			gone, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT p.id FROM profiles p
				WHERE p.removed_at != 0 AND p.org NOT IN (SELECT org FROM departures)
				AND (EXISTS (SELECT 1 FROM directory_people d WHERE d.profile = p.id) OR EXISTS (SELECT 1 FROM directory_members m WHERE m.profile = p.id))
				ORDER BY p.id LIMIT ?`, sweptAtOnce)
			if err != nil {
				return err
			}
			for _, id := range gone {
				if err := t.dropFromDirectory(ctx, id); err != nil {
					return err
				}
			}
			swept = len(gone)
			return nil
		})
		if err != nil {
			return people, fmt.Errorf("sweep the directory: %w", err)
		}
		if people += swept; swept < sweptAtOnce {
			return people, nil
		}
	}
}
