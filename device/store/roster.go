package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/attendance"
	"muster/device"
)

const selectHolder = `SELECT c.from_us, c.to_us, c.blocked, p.id, p.number, p.first_name, p.last_name, p.language, p.photo, p.blocked
	FROM cards c JOIN profiles p ON p.id = c.profile
	WHERE c.card = ?1 AND c.from_us <= ?2 AND (c.to_us = 0 OR c.to_us > ?2) ORDER BY c.from_us DESC LIMIT 1`

// Holder returns who holds a card at a moment; ok is false when nobody does.
func (s *Store) Holder(ctx context.Context, card attendance.CardID, at time.Time) (c attendance.Card, p attendance.Profile, ok bool, err error) {
	var from, to int64
	err = s.holder.QueryRowContext(ctx, string(card), at.UnixMicro()).Scan(&from, &to, &c.Blocked,
		&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked)
	if errors.Is(err, sql.ErrNoRows) {
		return c, p, false, nil
	}
	c.ID, c.Profile, c.From, c.To = card, p.ID, fromMicros(from), fromMicros(to)
	return c, p, err == nil, wrap("look up a card", err)
}

const selectHistory = `SELECT at_us, direction, stream, seq FROM journal
	WHERE profile = ? AND at_us >= ? ORDER BY at_us`

// History returns a person's punches at this tablet since a moment, oldest
// first, and the one that was stored last, which a clock set back may date
// before others. Last is zero when there is none.
func (s *Store) History(ctx context.Context, who attendance.ProfileID, since time.Time) (punches []attendance.Punch, last attendance.Punch, err error) {
	rows, err := s.history.QueryContext(ctx, string(who), since.UnixMicro())
	if err != nil {
		return nil, last, wrap("look up punches", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var newest [2]int64
	for rows.Next() {
		var at, stream, seq int64
		p := attendance.Punch{Profile: who}
		if err := rows.Scan(&at, &p.Direction, &stream, &seq); err != nil {
			return nil, last, wrap("look up punches", err)
		}
		p.At = fromMicros(at)
		punches = append(punches, p)
		if stream > newest[0] || stream == newest[0] && seq > newest[1] {
			newest, last = [2]int64{stream, seq}, p
		}
	}
	return punches, last, wrap("look up punches", rows.Err())
}

// Photo returns a picture as JPEG; nil when it isn't here.
func (s *Store) Photo(ctx context.Context, id string) ([]byte, error) {
	var jpeg []byte
	err := s.read.QueryRowContext(ctx, `SELECT jpeg FROM photos WHERE id = ?`, id).Scan(&jpeg)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return jpeg, wrap("look up a photo", err)
}

// Profile returns a person by id; ok is false when nobody here has it.
func (s *Store) Profile(ctx context.Context, id attendance.ProfileID) (p attendance.Profile, ok bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT id, number, first_name, last_name, language, photo, blocked FROM profiles WHERE id = ?`, string(id)).
		Scan(&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, wrap("look up a person", err)
}

// Profiles counts the people known here.
func (s *Store) Profiles(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM profiles`).Scan(&n)
	return n, wrap("count people", err)
}

// feedState is the position together with what a snapshot under way needs.
type feedState struct {
	device.FeedPosition
	Generation int64 // of rows written since the last snapshot began
	Snapshot   bool  // one is under way
}

// FeedPosition returns how far the site's feed has been read; zero at first.
func (s *Store) FeedPosition(ctx context.Context) (device.FeedPosition, error) {
	var f feedState
	_, err := getState(ctx, s.read, stateFeed, &f)
	return f.FeedPosition, err
}

// ApplyFeed stores a page of changes and the position after it. While a snapshot
// is under way everything known before stays in use; what the snapshot didn't
// name goes with its last page.
func (s *Store) ApplyFeed(ctx context.Context, u device.RosterUpdate) error {
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
			f.Snapshot = false
		}
		f.FeedPosition = u.To
		return putState(ctx, tx, stateFeed, f)
	})
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
