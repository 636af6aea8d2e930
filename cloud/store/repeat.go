package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
)

// How long the answer to a request is kept for the same request again, and how
// long one may be under way before its cloud is taken for gone.
const (
	repeatLife  = 24 * time.Hour
	repeatGrace = 2 * time.Minute
)

// BeginRequest says what is known of a request that may come twice: id names it,
// request is a hash of what it asks. When it is new, it is under way from now on, until
// FinishRequest or BreakRequest. One that has been under way for two minutes was
// cut off: it is new again where nothing of it was committed, and access.RepeatUnknown
// otherwise. An attempt that was only slow can change nothing any more from then on.
func (s *Store) BeginRequest(ctx context.Context, org attendance.OrgID, id, request []byte) (access.Repeat, error) {
	var known access.Repeat
	err := s.change(ctx, func(t *tx) error {
		known = access.Repeat{}
		if _, err := t.ExecContext(ctx, `DELETE FROM repeats WHERE id IN (SELECT id FROM repeats WHERE at <= ? ORDER BY at LIMIT 100)`,
			micros(t.now.Add(-repeatLife))); err != nil {
			return err
		}
		var asked []byte
		var at int64
		var changed bool
		err := t.QueryRowContext(ctx, `SELECT request, status, answer, changed != 0, at FROM repeats WHERE id = ? AND org = ? AND at > ? /* FOR UPDATE */`,
			id, org, micros(t.now.Add(-repeatLife))).Scan(&asked, &known.Status, &known.Answer, &changed, &at)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = t.ExecContext(ctx, `INSERT INTO repeats (id, org, request, at) VALUES (?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET org = excluded.org, request = excluded.request, status = 0, answer = excluded.answer, changed = 0, at = excluded.at`,
				id, org, request, micros(t.now))
			known.Began = t.now
			return err
		case err != nil:
			return err
		case subtle.ConstantTimeCompare(asked, request) != 1:
			known = access.Repeat{State: access.RepeatOther}
		case known.Status != 0:
			known.State = access.RepeatDone
		case t.now.Sub(fromMicros(at)) < repeatGrace:
			known.State = access.RepeatRunning
		case changed:
			known.State = access.RepeatUnknown
		default:
			known.Began = t.now
			_, err = t.ExecContext(ctx, `UPDATE repeats SET at = ? WHERE id = ?`, micros(t.now), id)
			return err
		}
		return nil
	})
	if err != nil {
		return access.Repeat{}, fmt.Errorf("begin a request that may come twice: %w", err)
	}
	return known, nil
}

// FinishRequest keeps the answer to a request for 24 hours from when it began. An attempt
// whose place another one has taken keeps none, and ends nothing by the next two either:
// the other one's place is not its own.
func (s *Store) FinishRequest(ctx context.Context, m access.RepeatMark, status int, answer []byte) error {
	_, err := s.write.ExecContext(ctx, `UPDATE repeats SET status = ?, answer = ? WHERE id = ? AND at = ? AND status = 0`, status, answer, m.ID, micros(m.Began))
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}

// BreakRequest ends a request whose answer isn't known or isn't kept, a refusal among them. It is new again
// where nothing of it was committed, and access.RepeatUnknown otherwise.
func (s *Store) BreakRequest(ctx context.Context, m access.RepeatMark) error {
	err := s.change(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM repeats WHERE id = ? AND at = ? AND status = 0 AND changed = 0`, m.ID, micros(m.Began)); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `UPDATE repeats SET at = at - ? WHERE id = ? AND at = ? AND status = 0`, repeatGrace.Microseconds(), m.ID, micros(m.Began))
		return err
	})
	if err != nil {
		return fmt.Errorf("break a request off: %w", err)
	}
	return nil
}

// markRequest notes, with what changes, that something of a request has been done. An
// attempt whose place another one has taken is ErrConflict: it changes nothing.
func (t *tx) markRequest(ctx context.Context) error {
	m, ok := ctx.Value(access.RepeatKey{}).(access.RepeatMark)
	if !ok {
		return nil
	}
	r, err := t.ExecContext(ctx, `UPDATE repeats SET changed = 1 WHERE id = ? AND at = ? AND status = 0`, m.ID, micros(m.Began))
	if err != nil {
		return fmt.Errorf("mark a request: %w", err)
	}
	return oneOr(r, access.ErrConflict)
}
