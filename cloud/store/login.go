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

// Wrong passwords in a row lock an address for a while: for the network that they
// came from, so that a stranger can't shut out whom it belongs to, and a great many
// of them, from wherever, for everybody.
const (
	maxFailures = 5
	maxAnywhere = 100
	lockTime    = 5 * time.Minute
	failureLife = time.Hour // failures further back than this are forgotten
)

// Authenticate returns the user with this address and password. Anything wrong
// is ErrForbidden, and takes the same work whether or not there is such a user.
// After five wrong passwords in a row the address is locked for five minutes for the
// network that they came from (access.NetworkKey): ErrTooMany, again for addresses
// without a user too.
func (s *Store) Authenticate(ctx context.Context, email, password string) (access.User, error) {
	email = strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
	if len(email) > 8*maxEmail {
		return access.User{}, access.ErrForbidden
	}
	// The failure is counted before the password is looked at, so that many
	// guesses at the same time don't get through before the first is counted.
	if err := s.countGuess(ctx, email); err != nil {
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

func (t *tx) forgetFailures(ctx context.Context, name string) error {
	for _, key := range [][]byte{addressKey(name), addressKey(fromNetwork(ctx, name))} {
		if _, err := t.ExecContext(ctx, `DELETE FROM failed_logins WHERE email = ?`, key); err != nil {
			return fmt.Errorf("forget failed logins: %w", err)
		}
	}
	return nil
}

// addressKey stands for an address in the count of failures: what people type
// there is not always an address, and sometimes a password.
func addressKey(email string) []byte {
	sum := sha256.Sum256([]byte(email))
	return sum[:]
}

// fromNetwork stands for a name as it is tried from the request's network.
func fromNetwork(ctx context.Context, name string) string {
	return "from " + networkOf(ctx) + " " + name
}

// networkOf is where a request comes from; empty: nobody knows.
func networkOf(ctx context.Context) string {
	network, _ := ctx.Value(access.NetworkKey{}).(string)
	return network
}

// countGuess counts one more wrong password for a name, or returns ErrTooMany while
// it is locked, here or everywhere.
func (s *Store) countGuess(ctx context.Context, name string) error {
	if networkOf(ctx) == "" {
		return s.countFailure(ctx, addressKey(name))
	}
	return s.change(ctx, func(t *tx) error {
		if err := t.countFailure(ctx, addressKey(fromNetwork(ctx, name)), maxFailures); err != nil {
			return err
		}
		return t.countFailure(ctx, addressKey(name), maxAnywhere)
	})
}

// countFailure counts one more wrong one of whatever key stands for, or returns
// ErrTooMany while it is locked.
func (s *Store) countFailure(ctx context.Context, key []byte) error {
	return s.change(ctx, func(t *tx) error { return t.countFailure(ctx, key, maxFailures) })
}

func (t *tx) countFailure(ctx context.Context, key []byte, most int) error {
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
	if failures >= most {
		until = t.now.Add(lockTime)
	}
	_, err = t.ExecContext(ctx, `INSERT INTO failed_logins (email, failures, last_at, locked_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (email) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`,
		key, failures, micros(t.now), micros(until))
	if err != nil {
		return fmt.Errorf("count failed logins: %w", err)
	}
	return nil
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
