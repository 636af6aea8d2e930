package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

// IssueAPIToken returns a new secret with which a program acts as the actor. A
// zero expires means never. Everybody may have tokens for what they may do
// themselves.
func (s *Store) IssueAPIToken(ctx context.Context, actor access.Actor, name string, expires time.Time) (string, error) {
	return s.IssueToken(ctx, actor, access.TokenTerms{Name: name, Expires: expires})
}

// IssueToken is IssueAPIToken for a token that is for some things only. A token
// can't be used to make one for more than it is for itself.
func (s *Store) IssueToken(ctx context.Context, actor access.Actor, terms access.TokenTerms) (string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return "", err
	}
	if err := require("name", &terms.Name, maxName); err != nil {
		return "", err
	}
	scopes, err := cleanScopes(actor, terms.Scopes)
	if err != nil {
		return "", err
	}
	secret, hash := newSecret()
	err = s.change(ctx, func(t *tx) error {
		if e := terms.Expires; !e.IsZero() && (!e.After(t.now) || e.After(t.now.Add(maxAPILife))) {
			return access.Invalid{Field: "expires", Problem: access.OutOfRange}
		}
		if _, err := findUser(ctx, t, `id = ? AND org = ? AND NOT disabled`, actor.User, actor.Org); err != nil {
			return err
		}
		invites, err := t.invitesAtOnce(ctx, actor, scopes, terms.AutoInvite)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO tokens (hash, purpose, org, user_id, name, created_at, expires_at, scopes, auto_invite) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			hash, forAPI, actor.Org, actor.User, terms.Name, micros(t.now), micros(terms.Expires), scopes, invites)
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

// cleanScopes brings scopes into the form they are kept in.
func cleanScopes(actor access.Actor, asked []access.Scope) (string, error) {
	if len(asked) == 0 && len(actor.Scopes) > 0 {
		return "", access.ErrForbidden
	}
	var kept []string
	for _, scope := range access.Scopes {
		if slices.Contains(asked, scope) {
			kept = append(kept, string(scope))
		}
	}
	for _, scope := range asked {
		if _, ok := access.ParseScope(string(scope)); !ok {
			return "", access.Invalid{Field: "scopes", Problem: access.Unknown}
		}
		if !actor.HasScope(scope) {
			return "", access.ErrForbidden
		}
	}
	return strings.Join(kept, " "), nil
}

// scopesOf is cleanScopes the other way round.
func scopesOf(kept string) []access.Scope {
	var all []access.Scope
	for scope := range strings.FieldsSeq(kept) {
		all = append(all, access.Scope(scope))
	}
	return all
}

// invitesAtOnce tells whether whom a new token creates is invited at once: as is
// asked for, otherwise as the organisation decided.
func (t *tx) invitesAtOnce(ctx context.Context, actor access.Actor, scopes string, asked *bool) (bool, error) {
	provisions := actor.May(access.ManageRoster) && access.APIToken{Scopes: scopesOf(scopes)}.Provisions()
	switch {
	case asked != nil && *asked && !provisions:
		return false, access.Invalid{Field: "auto_invite", Problem: access.OutOfRange}
	case asked != nil || !provisions:
		return asked != nil && *asked, nil
	}
	p, err := findPolicy(ctx, t, actor.Org)
	return p.InviteProvisioned, err
}

// SetTokenInvites says whether people whom a token creates are invited at once.
func (s *Store) SetTokenInvites(ctx context.Context, actor access.Actor, id string, invites bool) error {
	if err := actor.Require(access.ManageUsers); err != nil {
		return err
	}
	hash, err := hex.DecodeString(id)
	if err != nil {
		return access.ErrNotFound
	}
	return s.change(ctx, func(t *tx) error {
		w := ownTokens(actor).and("hash = ?", hash)
		var scopes string
		if err := t.QueryRowContext(ctx, `SELECT scopes FROM tokens`+w.sql, w.args...).Scan(&scopes); err != nil {
			return fmt.Errorf("look up an API token: %w", known(err))
		}
		if invites && !(access.APIToken{Scopes: scopesOf(scopes)}).Provisions() {
			return access.Invalid{Field: "auto_invite", Problem: access.OutOfRange}
		}
		if _, err := t.ExecContext(ctx, `UPDATE tokens SET auto_invite = ? WHERE hash = ?`, invites, hash); err != nil {
			return fmt.Errorf("change an API token: %w", err)
		}
		return t.audit(ctx, actor, "change-api-token", id)
	})
}

// tickProvisioning has people whom any token of an organisation creates from now
// on invited at once.
func (t *tx) tickProvisioning(ctx context.Context, org attendance.OrgID) error {
	type row struct {
		hash   []byte
		scopes string
	}
	all, err := collect(ctx, t, func(r *sql.Rows, v *row) error { return r.Scan(&v.hash, &v.scopes) },
		`SELECT hash, scopes FROM tokens WHERE org = ? AND purpose = ? AND NOT auto_invite`, org, forAPI)
	if err != nil {
		return fmt.Errorf("read API tokens: %w", err)
	}
	for _, v := range all {
		if !(access.APIToken{Scopes: scopesOf(v.scopes)}).Provisions() {
			continue
		}
		if _, err := t.ExecContext(ctx, `UPDATE tokens SET auto_invite = TRUE WHERE hash = ?`, v.hash); err != nil {
			return fmt.Errorf("change an API token: %w", err)
		}
	}
	return nil
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
		var scopes string
		err := r.Scan(&hash, &t.User, &t.Name, &created, &expires, &used, &scopes, &t.AutoInvite)
		t.ID, t.Scopes = hex.EncodeToString(hash), scopesOf(scopes)
		t.Created, t.Expires, t.LastUsed = fromMicros(created), fromMicros(expires), fromMicros(used)
		return err
	}, `SELECT hash, user_id, name, created_at, expires_at, last_used, scopes, auto_invite FROM tokens`+w.sql+` ORDER BY created_at DESC, hash`, w.args...)
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
	u.Token.ID, u.Token.User = hex.EncodeToString(found.hash), u.ID
	return u, s.touchToken(ctx, found, now, &u.Token)
}

// touchToken reads what a token is for, and notes when it was last used. To the
// minute only: otherwise each reading request would write.
func (s *Store) touchToken(ctx context.Context, found token, now time.Time, v *access.APIToken) error {
	var last int64
	var scopes string
	err := s.read.QueryRowContext(ctx, `SELECT last_used, name, scopes, auto_invite FROM tokens WHERE hash = ?`, found.hash).
		Scan(&last, &v.Name, &scopes, &v.AutoInvite)
	if errors.Is(err, sql.ErrNoRows) {
		return access.ErrNotFound // revoked just now
	}
	if err != nil {
		return fmt.Errorf("look up an API token: %w", err)
	}
	v.Scopes = scopesOf(scopes)
	if now.Sub(fromMicros(last)) < time.Minute {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE tokens SET last_used = ? WHERE hash = ?`, micros(now), found.hash); err != nil {
		return fmt.Errorf("note the use of an API token: %w", err)
	}
	return nil
}
