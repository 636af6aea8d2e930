package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"muster/access"
)

// Wrong passwords in a row lock an address for a while.
const (
	maxFailures = 5
	lockTime    = 5 * time.Minute
	failureLife = time.Hour // failures further back than this are forgotten
)

// Authenticate returns the user with this address and password. Anything wrong
// is ErrForbidden, and takes the same work whether or not there is such a user.
// After five wrong passwords in a row the address is locked for five minutes:
// ErrTooMany, again for addresses without a user too.
func (s *Store) Authenticate(ctx context.Context, email, password string) (access.User, error) {
	email = strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
	if len(email) > 8*maxEmail {
		return access.User{}, access.ErrForbidden
	}
	// The failure is counted before the password is looked at, so that many
	// guesses at the same time don't get through before the first is counted.
	if err := s.countFailure(ctx, addressKey(email)); err != nil {
		return access.User{}, err
	}
	var id access.UserID
	var hash string
	var disabled bool
	var set int64
	err := s.read.QueryRowContext(ctx, `SELECT id, password, password_at, disabled FROM users WHERE email = ?`, email).Scan(&id, &hash, &set, &disabled)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return access.User{}, fmt.Errorf("look up a user by address: %w", err)
	}
	ok, stale, err := s.passwords.check(ctx, password, hash)
	if err != nil {
		return access.User{}, err
	}
	if !ok || disabled {
		return access.User{}, access.ErrForbidden
	}
	if stale {
		if err := s.rehash(ctx, id, hash, password); err != nil {
			return access.User{}, err
		}
	}
	if err := s.change(ctx, func(t *tx) error { return t.forgetFailures(ctx, email) }); err != nil {
		return access.User{}, err
	}
	u, err := s.User(ctx, id)
	if err == nil && !u.PasswordSet.Equal(fromMicros(set)) {
		err = access.ErrForbidden // another one was chosen while this one was looked at
	}
	if err != nil {
		return access.User{}, err
	}
	return u, nil
}

func (t *tx) forgetFailures(ctx context.Context, email string) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM failed_logins WHERE email = ?`, addressKey(email)); err != nil {
		return fmt.Errorf("forget failed logins: %w", err)
	}
	return nil
}

// addressKey stands for an address in the count of failures: what people type
// there is not always an address, and sometimes a password.
func addressKey(email string) []byte {
	sum := sha256.Sum256([]byte(email))
	return sum[:]
}

// countFailure counts one more wrong password, or returns ErrTooMany while the
// address is locked.
func (s *Store) countFailure(ctx context.Context, key []byte) error {
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM failed_logins WHERE last_at < ?`, micros(t.now.Add(-failureLife)))
		if err != nil {
			return fmt.Errorf("forget old failed logins: %w", err)
		}
		var failures int
		var locked int64
		err = t.QueryRowContext(ctx, `SELECT failures, locked_until FROM failed_logins WHERE email = ?`, key).Scan(&failures, &locked)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("count failed logins: %w", err)
		}
		switch until := fromMicros(locked); {
		case t.now.Before(until):
			return access.Locked{Until: until}
		case !until.IsZero():
			failures = 0 // the lock has run out
		}
		failures++
		var until time.Time
		if failures >= maxFailures {
			until = t.now.Add(lockTime)
		}
		_, err = t.ExecContext(ctx, `INSERT INTO failed_logins (email, failures, last_at, locked_until) VALUES (?, ?, ?, ?)
			ON CONFLICT (email) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`,
			key, failures, micros(t.now), micros(until))
		if err != nil {
			return fmt.Errorf("count failed logins: %w", err)
		}
		return nil
	})
}

// rehash brings the hash of a password that was just found right up to today's
// cost, unless another password has been chosen meanwhile.
func (s *Store) rehash(ctx context.Context, id access.UserID, old, password string) error {
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE users SET password = ? WHERE id = ? AND password = ?`, hash, id, old); err != nil {
		return fmt.Errorf("hash a password anew: %w", err)
	}
	return nil
}
