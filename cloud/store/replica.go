package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Replica names the run of the program that uses the store: tablets that are
// connected to it are noted as being there. Several clouds on one database each
// have their own.
func Replica(id string) Option { return func(s *Store) { s.replica = id } }

// Reachable tells whether the database answers.
func (s *Store) Reachable(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}

// Lease is a replica as the database knows it. Beat grows as long as it lives.
type Lease struct {
	ID    string
	Name  string
	Beat  int64
	Clock ReplicaClock
}

// Beat says that this replica lives, and returns all that said so, this one too.
// known is false when the others had given this one up, or it is new.
func (s *Store) Beat(ctx context.Context, name string) (all []Lease, known bool, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		clock := s.clockNoted()
		res, err := t.ExecContext(ctx, `UPDATE replicas SET beat = beat + 1, clock_off = ?, clock_wrong = ? WHERE id = ?`,
			clock.Off.Microseconds(), clock.Wrong, s.replica)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if known = n > 0; !known {
			_, err := t.ExecContext(ctx, `INSERT INTO replicas (id, name, beat, started_at, clock_off, clock_wrong) VALUES (?, ?, 1, ?, ?, ?)`,
				s.replica, name, micros(t.now), clock.Off.Microseconds(), clock.Wrong)
			if err != nil {
				return err
			}
		}
		all, err = collect(ctx, t, func(r *sql.Rows, l *Lease) error {
			var off int64
			err := r.Scan(&l.ID, &l.Name, &l.Beat, &off, &l.Clock.Wrong)
			l.Clock.Off = time.Duration(off) * time.Microsecond
			return err
		}, `SELECT id, name, beat, clock_off, clock_wrong FROM replicas ORDER BY name, id`)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("beat: %w", err)
	}
	return all, known, nil
}

// Bury forgets replicas that have not moved since they were seen so, and marks
// the tablets as gone that were at a replica which is no longer there. One that
// is there all the same is found by its next pulse.
func (s *Store) Bury(ctx context.Context, dead []Lease) (gone int, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		for _, l := range dead {
			if _, err := t.ExecContext(ctx, `DELETE FROM replicas WHERE id = ? AND beat = ?`, l.ID, l.Beat); err != nil {
				return err
			}
		}
		gone, err = t.goneFrom(ctx, `replica != '' AND replica NOT IN (SELECT id FROM replicas)`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bury replicas: %w", err)
	}
	return gone, nil
}

// Leave ends this replica in order: it is no more, and none of its tablets is
// online until it has come in elsewhere.
func (s *Store) Leave(ctx context.Context) error {
	err := s.changeLocked(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM replicas WHERE id = ?`, s.replica); err != nil {
			return err
		}
		_, err := t.goneFrom(ctx, `replica = ?`, s.replica)
		return err
	})
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// goneFrom marks tablets as gone.
func (t *tx) goneFrom(ctx context.Context, where string, args ...any) (int, error) {
	gone, err := collect(ctx, t, func(r *sql.Rows, a *wire.Address) error { return r.Scan(&a.Org, &a.Device) },
		`UPDATE devices SET online_since = CASE WHEN online THEN ? ELSE online_since END, online = FALSE, replica = '' WHERE `+where+` RETURNING org, id`,
		append([]any{micros(t.now)}, args...)...)
	if err != nil {
		return 0, err
	}
	for _, a := range gone {
		t.tell(a.Org, device.News{Topic: "device", ID: string(a.Device)})
	}
	return len(gone), nil
}

// UnwelcomeHere returns the tablets that are noted as connected to this replica and may
// not be any more: they were revoked, or their organisation was moved to another database.
// It forgets the connection: the caller cuts it.
func (s *Store) UnwelcomeHere(ctx context.Context) (cut []attendance.DeviceID, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		cut, err = collect(ctx, t, scanOne[attendance.DeviceID], `UPDATE devices SET replica = '' WHERE replica = ?
			AND (revoked_at > 0 OR org IN (SELECT org FROM departures)) RETURNING id`, s.replica)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tablets that may not be here: %w", err)
	}
	return cut, nil
}
