package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/device"
)

// feedState is the position together with what a snapshot under way needs.
type feedState struct {
	device.FeedPosition
	Generation int64     // of rows written since the last snapshot began
	Snapshot   bool      // one is under way, and people and cards are not swept yet
	Pictures   bool      // the same for photos
	At         time.Time // when the newest page came
	Current    time.Time // when people and cards last were those of the cloud
	Skipped    int
	Problem    string
	Reading    int
}

// RosterState returns how far the site's feed has been read, and when; zero at
// first.
func (s *Store) RosterState(ctx context.Context) (device.RosterState, error) {
	var f feedState
	_, err := getState(ctx, s.read, stateFeed, &f)
	return device.RosterState{
		At: f.FeedPosition, Heard: f.At, Current: f.Current, Skipped: f.Skipped, Problem: f.Problem, Reading: f.Reading,
	}, err
}

// ApplyFeed stores a page of changes and the position after it. While a snapshot
// is under way everything known before stays in use; what the snapshot didn't
// name goes with its last page.
func (s *Store) ApplyFeed(ctx context.Context, u device.RosterUpdate) error {
	swept := false
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		var f feedState
		if _, err := getState(ctx, tx, stateFeed, &f); err != nil {
			return err
		}
		if u.Begin {
			f.Generation++
			f.Snapshot, f.Pictures = true, true
			f.Skipped, f.Problem = 0, ""
		}
		if err := s.bulk.apply(ctx, tx, u.Changes, f.Generation); err != nil {
			return err
		}
		if (u.Settled || u.Complete) && f.Snapshot {
			if swept, err = sweep(ctx, tx, f.Generation, "profiles", "cards"); err != nil {
				return err
			}
			f.Snapshot = false
		}
		if u.Complete && f.Pictures {
			if _, err := sweep(ctx, tx, f.Generation, "photos"); err != nil {
				return err
			}
			f.Pictures = false
		}
		f.note(u)
		return putState(ctx, tx, stateFeed, f)
	})
	switch {
	case err != nil:
	case swept:
		err = s.people.load(context.WithoutCancel(ctx), s.read)
	default:
		s.people.apply(u.Changes)
	}
	return wrap("apply a page of the feed", err)
}

func (f *feedState) note(u device.RosterUpdate) {
	f.FeedPosition, f.At, f.Reading = u.To, u.At, u.Reading
	if u.Settled || u.Complete {
		f.Current = u.At
	}
	if f.Skipped += u.Skipped; u.Problem != "" {
		f.Problem = u.Problem
	}
}

// sweep drops what the snapshot didn't name, and tells whether there was any.
func sweep(ctx context.Context, tx *sql.Tx, generation int64, tables ...string) (any bool, err error) {
	for _, table := range tables {
		res, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE generation < ?`, generation)
		if err != nil {
			return any, fmt.Errorf("sweep %s: %w", table, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return any, fmt.Errorf("sweep %s: %w", table, err)
		}
		any = any || n > 0
	}
	return any, nil
}
