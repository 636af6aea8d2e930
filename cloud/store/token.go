package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"muster/access"
)

// The purposes of secrets in the table tokens.
const (
	forSetup    = "setup"
	forPassword = "password"
	forAPI      = "api"
)

// How long secrets are good for.
const (
	setupLife    = 24 * time.Hour
	passwordLife = 7 * 24 * time.Hour
	maxAPILife   = 2 * 365 * 24 * time.Hour
)

// newSecret draws 256 random bits and returns them as text and as the hash that
// is kept. A plain hash is enough: nobody can guess 256 bits.
func newSecret() (secret string, hash []byte) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24: it ends the program instead
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, hashSecret(secret)
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// token is a row of the table tokens.
type token struct {
	hash    []byte
	user    access.UserID
	expires time.Time
	used    bool
}

// token looks a secret up. It is found by its hash, so the time this takes says
// nothing about the secret.
func findToken(ctx context.Context, q querier, purpose, secret string, now time.Time) (token, error) {
	t := token{hash: hashSecret(secret)}
	var user sql.NullString
	var expires, used int64
	err := q.QueryRowContext(ctx, `SELECT user_id, expires_at, used_at FROM tokens WHERE hash = ? AND purpose = ?`, t.hash, purpose).
		Scan(&user, &expires, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return token{}, access.ErrNotFound
	case err != nil:
		return token{}, fmt.Errorf("look up a secret: %w", err)
	}
	t.user, t.expires, t.used = access.UserID(user.String), fromMicros(expires), used != 0
	if t.used || !t.expires.IsZero() && !now.Before(t.expires) {
		return token{}, access.ErrExpired
	}
	return t, nil
}

// use marks a secret as used. Of two who try at the same time one gets
// ErrExpired.
func (t *tx) use(ctx context.Context, found token) error {
	r, err := t.ExecContext(ctx, `UPDATE tokens SET used_at = ? WHERE hash = ? AND used_at = 0 AND (expires_at = 0 OR expires_at > ?)`,
		micros(t.now), found.hash, micros(t.now))
	if err != nil {
		return fmt.Errorf("use a secret: %w", err)
	}
	return oneOr(r, access.ErrExpired)
}

// oneOr returns otherwise unless the statement changed a row.
func oneOr(r sql.Result, otherwise error) error {
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return otherwise
	}
	return nil
}
