package store

import (
	"context"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/intake"
)

// nextIntake finds the list that is worked on next: one of the organisation whose last
// turn is the longest ago, and of its lists that which waits the longest. An organisation
// of which a list is being worked on waits: nobody has all the workers. Lists are kept for
// some time after they are done (leased_until too), so the last turn is known as long as
// it matters.
const nextIntake = `SELECT i.id, i.org, i.user_id, i.kind, i.stage, i.name FROM intakes i WHERE i.stage IN ('reading', 'writing') AND i.leased_until <= ?
	AND NOT EXISTS (SELECT 1 FROM intakes b WHERE b.org = i.org AND b.stage IN ('reading', 'writing') AND b.leased_until > ?)
	ORDER BY (SELECT MAX(o.leased_until) FROM intakes o WHERE o.org = i.org), i.leased_until, i.at, i.id LIMIT 1 /* FOR UPDATE, WHAT IS FREE */`

// takeTurn leases the list that is next and tells who brought it. Workers who look at the
// same moment see lists of one organisation free, each another one: so whoever has found
// one waits for the organisation, and looks again whether it is still its turn.
func (t *tx) takeTurn(ctx context.Context, j *intake.Job, until time.Time) (by access.UserID, err error) {
	for {
		err := t.QueryRowContext(ctx, nextIntake, micros(t.now), micros(t.now)).Scan(&j.ID, &j.Org, &by, &j.Kind, &j.Stage, &j.Name)
		if err != nil {
			return "", known(err)
		}
		if _, err := collect(ctx, t, scanOne[attendance.OrgID], `SELECT id FROM orgs WHERE id = ? /* FOR UPDATE */`, j.Org); err != nil {
			return "", fmt.Errorf("wait for an organisation's turn: %w", err)
		}
		r, err := t.ExecContext(ctx, `UPDATE intakes SET lease = ?, leased_until = ? WHERE id = ? AND org = ?
			AND NOT EXISTS (SELECT 1 FROM intakes b WHERE b.org = intakes.org AND b.stage IN ('reading', 'writing') AND b.leased_until > ?)`,
			j.Worker, micros(until), j.ID, j.Org, micros(t.now))
		if err != nil {
			return "", err
		}
		if n, err := r.RowsAffected(); n != 0 || err != nil {
			return by, err
		}
	}
}

// YieldIntake gives a list back that isn't done, where another organisation waits that
// could be worked for, and tells whether it did. The list goes on when its turn comes.
func (s *Store) YieldIntake(ctx context.Context, j intake.Job) (yielded bool, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		yielded = false
		r, err := t.ExecContext(ctx, `UPDATE intakes SET lease = '', leased_until = ? WHERE id = ? AND org = ? AND lease = ? AND EXISTS (SELECT 1 FROM intakes o
			WHERE o.stage IN ('reading', 'writing') AND o.leased_until <= ? AND o.org != ?
			AND NOT EXISTS (SELECT 1 FROM intakes b WHERE b.org = o.org AND b.stage IN ('reading', 'writing') AND b.leased_until > ?))`,
			micros(t.now), j.ID, j.Org, j.Worker, micros(t.now), j.Org, micros(t.now))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		yielded = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("yield an intake: %w", err)
	}
	return yielded, nil
}
