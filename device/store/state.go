package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"muster/device"
)

// The names of the rows of state.
const (
	stateIdentity    = "identity"
	stateCredentials = "credentials"
	stateProgress    = "progress"
	stateSettings    = "settings"
	stateLock        = "lock"
	stateFeed        = "feed"
	stateClock       = "clock"
	stateRevoked     = "revoked"
	stateSalvage     = "salvage"      // what was found in a damaged store and is not told yet
	stateToldAnswers = "told-answers" // of which people have seen what became of them
	stateBefore      = "before"       // who wrote the rows that are held, where that is known
)

// getState reads one row of state into v and tells whether there is one.
func getState(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, name string, v any,
) (bool, error) {
	var text string
	err := from.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, name).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s: %w", name, storageError(err))
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return false, fmt.Errorf("read %s: %w: %w", name, device.ErrStorageDamaged, err)
	}
	return true, nil
}

func putState(ctx context.Context, tx *sql.Tx, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO state (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, string(text))
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, name string, v any) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error { return putState(ctx, tx, name, v) })
}

// Identity returns who this tablet is; ok is false before its activation.
func (s *Store) Identity(ctx context.Context) (id device.Identity, ok bool, err error) {
	ok, err = getState(ctx, s.write, stateIdentity, &id)
	return id, ok, err
}

// KeepIdentity replaces what the tablet is called and where it connects, as the
// cloud tells with each certificate.
func (s *Store) KeepIdentity(ctx context.Context, id device.Identity) error {
	defer s.keepSpare(ctx)
	return s.put(ctx, stateIdentity, id)
}

// Progress returns how far the activation has come; zero when it has not begun.
func (s *Store) Progress(ctx context.Context) (p device.Progress, err error) {
	_, err = getState(ctx, s.write, stateProgress, &p)
	return p, err
}

// KeepProgress remembers how far the activation has come.
func (s *Store) KeepProgress(ctx context.Context, p device.Progress) error {
	return s.put(ctx, stateProgress, p)
}

// Activate ends an activation: from this commit on the tablet is somebody, and
// its journal has a stream.
func (s *Store) Activate(ctx context.Context, g device.Grant) error {
	defer s.keepSpare(ctx)
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, part := range []struct {
			name string
			v    any
		}{{stateIdentity, g.Identity}, {stateCredentials, g.Credentials}, {stateSettings, g.Settings}} {
			if err := putState(ctx, tx, part.name, part.v); err != nil {
				return err
			}
		}
		if err := mint(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM state WHERE name IN (?, ?)`, stateProgress, stateRevoked)
		return err
	})
	if err == nil {
		_ = s.noteHead(ctx) // it is on the disk; the next row notes itself
		s.notary.committed()
	}
	return err
}

// mint begins a new stream.
func mint(ctx context.Context, tx *sql.Tx) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("mint a stream: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO streams (id) VALUES (?)`, id[:])
	return err
}

// Credentials returns the tablet's keys and certificates; zero before its activation.
func (s *Store) Credentials(ctx context.Context) (c device.Credentials, err error) {
	_, err = getState(ctx, s.write, stateCredentials, &c)
	return c, err
}

// KeepCredentials replaces the tablet's keys and certificates.
func (s *Store) KeepCredentials(ctx context.Context, c device.Credentials) error {
	defer s.keepSpare(ctx)
	return s.put(ctx, stateCredentials, c)
}

// Revoked tells whether the cloud has taken this tablet's identity away.
func (s *Store) Revoked(ctx context.Context) (bool, error) {
	var yes bool
	_, err := getState(ctx, s.write, stateRevoked, &yes)
	return yes, err
}

// KeepRevoked remembers that the cloud has taken this tablet's identity away,
// or that it is good again.
func (s *Store) KeepRevoked(ctx context.Context, yes bool) error {
	defer s.keepSpare(ctx)
	return s.put(ctx, stateRevoked, yes)
}

// Salvaged returns what was found in a damaged store and has not been told yet.
func (s *Store) Salvaged(ctx context.Context) (v device.Salvage, untold bool, err error) {
	untold, err = getState(ctx, s.write, stateSalvage, &v)
	return v, untold, err
}

// SalvageTold forgets that report: a row of the journal has it.
func (s *Store) SalvageTold(ctx context.Context) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM state WHERE name = ?`, stateSalvage)
		return err
	})
}

// Settings returns what the site has set; zero before the activation.
func (s *Store) Settings(ctx context.Context) (v device.Settings, err error) {
	_, err = getState(ctx, s.read, stateSettings, &v)
	return v, err
}

// Lock returns whether the tablet is closed.
func (s *Store) Lock(ctx context.Context) (l device.Lock, err error) {
	_, err = getState(ctx, s.read, stateLock, &l)
	return l, err
}

// ClockEstimate returns the last comparison with the cloud's clock that was kept.
func (s *Store) ClockEstimate(ctx context.Context) (e device.ClockEstimate, err error) {
	_, err = getState(ctx, s.read, stateClock, &e)
	return e, err
}

// KeepClockEstimate remembers a comparison with the cloud's clock.
func (s *Store) KeepClockEstimate(ctx context.Context, e device.ClockEstimate) error {
	return s.put(ctx, stateClock, e)
}

// Command returns how a command ended that was dealt with earlier.
func (s *Store) Command(ctx context.Context, id string) (outcome string, done bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT outcome FROM commands WHERE id = ?`, id).Scan(&outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return outcome, err == nil, wrap("look up a command", err)
}
