package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Sessions keeps the console's sessions in the store, in the form that
// github.com/alexedwards/scs asks of one (CtxStore and IterableCtxStore). Have
// the session library hash the tokens, so that a stolen database opens no session.
type Sessions struct{ *Store }

// FindCtx returns a session's data; an expired session is not found.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = ? AND expires > ?`, token, micros(s.now())).Scan(&data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, true, nil
}

// CommitCtx keeps a session's data until expiry. Sessions that have expired go.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.change(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, micros(t.now)); err != nil {
			return fmt.Errorf("drop expired sessions: %w", err)
		}
		_, err := t.ExecContext(ctx, `INSERT INTO sessions (token, data, expires) VALUES (?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires = excluded.expires`, token, data, micros(expiry))
		if err != nil {
			return fmt.Errorf("keep session: %w", err)
		}
		return nil
	})
}

// DeleteCtx ends a session; one that isn't there is no error.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM sessions WHERE token = ?`, token); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// AllCtx returns every session that hasn't expired, by token.
func (s Sessions) AllCtx(ctx context.Context) (map[string][]byte, error) {
	type session struct {
		token string
		data  []byte
	}
	rows, err := collect(ctx, s.read, func(r *sql.Rows, v *session) error { return r.Scan(&v.token, &v.data) },
		`SELECT token, data FROM sessions WHERE expires > ?`, micros(s.now()))
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	all := make(map[string][]byte, len(rows))
	for _, r := range rows {
		all[r.token] = r.data
	}
	return all, nil
}

// Find is FindCtx for a caller without a context.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for a caller without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for a caller without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// All is AllCtx for a caller without a context.
func (s Sessions) All() (map[string][]byte, error) { return s.AllCtx(context.Background()) }
