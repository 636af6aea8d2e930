package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/device"
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

// feedState is the position together with what a snapshot under way needs.
type feedState struct {
	device.FeedPosition
	Generation int64     // of rows written since the last snapshot began
	Snapshot   bool      // one is under way
	At         time.Time // when the newest page came
}

// FeedPosition returns how far the site's feed has been read; zero at first.
func (s *Store) FeedPosition(ctx context.Context) (device.FeedPosition, error) {
	var f feedState
	_, err := getState(ctx, s.read, stateFeed, &f)
	return f.FeedPosition, err
}

// FeedTime returns when the newest page of the feed came; zero before the first.
func (s *Store) FeedTime(ctx context.Context) (time.Time, error) {
	var f feedState
	_, err := getState(ctx, s.read, stateFeed, &f)
	return f.At, err
}

// ApplyFeed stores a page of changes and the position after it. While a snapshot
// is under way everything known before stays in use; what the snapshot didn't
// name goes with its last page.
func (s *Store) ApplyFeed(ctx context.Context, u device.RosterUpdate) error {
	swept := false
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var f feedState
		if _, err := getState(ctx, tx, stateFeed, &f); err != nil {
			return err
		}
		if u.Begin {
			f.Generation++
			f.Snapshot = true
		}
		for _, c := range u.Changes {
			if err := applyChange(ctx, tx, c, f.Generation); err != nil {
				return err
			}
		}
		if u.Complete && f.Snapshot {
			for _, table := range []string{"profiles", "cards", "photos"} {
				if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE generation < ?`, f.Generation); err != nil {
					return fmt.Errorf("sweep %s: %w", table, err)
				}
			}
			f.Snapshot, swept = false, true
		}
		f.FeedPosition, f.At = u.To, u.At
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

func applyChange(ctx context.Context, tx *sql.Tx, c device.RosterChange, generation int64) error {
	var err error
	switch {
	case c.Settings != nil:
		err = putState(ctx, tx, stateSettings, c.Settings)
	case c.Profile != nil:
		p := c.Profile
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO profiles (id, number, first_name, last_name, language, photo, blocked, generation)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, string(p.ID), p.Number, p.FirstName, p.LastName, p.Language, p.Photo, p.Blocked, generation)
	case c.ProfileGone != "":
		_, err = tx.ExecContext(ctx, `DELETE FROM profiles WHERE id = ?`, string(c.ProfileGone))
	case c.Card != nil:
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO cards (card, profile, from_us, to_us, blocked, generation) VALUES (?, ?, ?, ?, ?, ?)`,
			string(c.Card.ID), string(c.Card.Profile), micros(c.Card.From), micros(c.Card.To), c.Card.Blocked, generation)
	case c.CardGone != nil:
		_, err = tx.ExecContext(ctx, `DELETE FROM cards WHERE card = ? AND profile = ? AND from_us = ?`,
			string(c.CardGone.ID), string(c.CardGone.Profile), micros(c.CardGone.From))
	case c.Photo != nil:
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO photos (id, jpeg, generation) VALUES (?, ?, ?)`, c.Photo.ID, c.Photo.JPEG, generation)
	case c.PhotoGone != "":
		_, err = tx.ExecContext(ctx, `DELETE FROM photos WHERE id = ?`, c.PhotoGone)
	}
	return err
}
