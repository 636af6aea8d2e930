package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"muster/access"
)

// IssueAPIToken returns a new secret with which a program acts as the actor. A
// zero expires means never. Everybody may have tokens for what they may do
// themselves.
func (s *Store) IssueAPIToken(ctx context.Context, actor access.Actor, name string, expires time.Time) (string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return "", err
	}
	if err := require("name", &name, maxName); err != nil {
		return "", err
	}
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		if !expires.IsZero() && (!expires.After(t.now) || expires.After(t.now.Add(maxAPILife))) {
			return access.Invalid{Field: "expires", Problem: access.OutOfRange}
		}
		if _, err := findUser(ctx, t, `id = ? AND org = ? AND NOT disabled`, actor.User, actor.Org); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO tokens (hash, purpose, org, user_id, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			hash, forAPI, actor.Org, actor.User, name, micros(t.now), micros(expires))
		if err != nil {
			return fmt.Errorf("keep an API token: %w", err)
		}
		return t.audit(ctx, actor, "issue-api-token", hex.EncodeToString(hash))
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// ownTokens holds a query to the API tokens that the actor may see: those of
// the organisation for who manages users, otherwise the actor's own.
func ownTokens(actor access.Actor) *where {
	w := inOrg("org", actor).and("purpose = ?", forAPI)
	if !actor.May(access.ManageUsers) {
		w.and("user_id = ?", actor.User)
	}
	return w
}

// APITokens returns the API tokens within reach, newest first, expired ones too.
func (s *Store) APITokens(ctx context.Context, actor access.Actor) ([]access.APIToken, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	w := ownTokens(actor)
	tokens, err := collect(ctx, s.read, func(r *sql.Rows, t *access.APIToken) error {
		var hash []byte
		var created, expires, used int64
		err := r.Scan(&hash, &t.User, &t.Name, &created, &expires, &used)
		t.ID = hex.EncodeToString(hash)
		t.Created, t.Expires, t.LastUsed = fromMicros(created), fromMicros(expires), fromMicros(used)
		return err
	}, `SELECT hash, user_id, name, created_at, expires_at, last_used FROM tokens`+w.sql+` ORDER BY created_at DESC, hash`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read API tokens: %w", err)
	}
	return tokens, nil
}

// RevokeAPIToken ends a token at once.
func (s *Store) RevokeAPIToken(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Require(access.ReadRoster); err != nil {
		return err
	}
	hash, err := hex.DecodeString(id)
	if err != nil {
		return access.ErrNotFound
	}
	return s.change(ctx, func(t *tx) error {
		w := ownTokens(actor).and("hash = ?", hash)
		r, err := t.ExecContext(ctx, `DELETE FROM tokens`+w.sql, w.args...)
		if err != nil {
			return fmt.Errorf("revoke an API token: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		return t.audit(ctx, actor, "revoke-api-token", id)
	})
}

// ByAPIToken returns the user as whom a program acts. A token of a disabled
// user is ErrForbidden.
func (s *Store) ByAPIToken(ctx context.Context, secret string) (access.User, error) {
	now := s.now()
	found, err := findToken(ctx, s.read, forAPI, secret, now)
	if err != nil {
		return access.User{}, err
	}
	u, err := s.User(ctx, found.user)
	if err == nil && u.Disabled {
		err = access.ErrForbidden
	}
	if err != nil {
		return access.User{}, err
	}
	return u, s.touchToken(ctx, found, now)
}

// touchToken notes when a token was last used. To the minute only: otherwise
// each reading request would write.
func (s *Store) touchToken(ctx context.Context, found token, now time.Time) error {
	var last int64
	err := s.read.QueryRowContext(ctx, `SELECT last_used FROM tokens WHERE hash = ?`, found.hash).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return access.ErrNotFound // revoked just now
	}
	if err != nil {
		return fmt.Errorf("look up an API token: %w", err)
	}
	if now.Sub(fromMicros(last)) < time.Minute {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE tokens SET last_used = ? WHERE hash = ?`, micros(now), found.hash); err != nil {
		return fmt.Errorf("note the use of an API token: %w", err)
	}
	return nil
}
