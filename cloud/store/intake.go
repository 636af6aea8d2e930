package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/intake"
)

// mostIntakes is how many lists of an organisation may be on their way at once.
const mostIntakes = 20

// StartIntake takes a list in, to be read and checked by a worker. Nothing is
// changed by it before ConfirmIntake.
func (s *Store) StartIntake(ctx context.Context, actor access.Actor, u intake.Upload) (intake.ID, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return "", err
	}
	switch {
	case u.Kind != intake.People && u.Kind != intake.Choice:
		return "", access.Invalid{Field: "kind", Problem: access.Unknown}
	case len(u.File) > intake.MaxSize:
		return "", access.Invalid{Field: "file", Problem: access.TooBig}
	case len(u.File) == 0:
		return "", access.Invalid{Field: "file", Problem: access.Required}
	}
	if clean("name", &u.Name, intake.MaxName) != nil || u.Name == "" {
		u.Name = "?"
	}
	id := attendance.NewID[intake.ID]()
	err := s.change(ctx, func(t *tx) error {
		if u.Site != "" {
			if err := checkSites(ctx, t, actor, []attendance.SiteID{u.Site}); err != nil {
				return access.Invalid{Field: "site", Problem: access.Unknown}
			}
		}
		var busy int
		if err := t.QueryRowContext(ctx, `SELECT count(*) FROM intakes WHERE org = ? AND stage IN ('reading', 'writing')`, actor.Org).Scan(&busy); err != nil {
			return err
		}
		if busy >= mostIntakes {
			return access.ErrTooMany
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO intakes (id, org, user_id, kind, name, site, at, stage) VALUES (?, ?, ?, ?, ?, ?, ?, 'reading')`,
			id, actor.Org, actor.User, u.Kind, u.Name, u.Site, micros(t.now)); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO intake_files (intake, file) VALUES (?, ?)`, id, u.File); err != nil {
			return err
		}
		t.newsOfIntake(actor.Org, id)
		return t.audit(ctx, actor, "start-intake", string(id))
	})
	if err != nil {
		return "", fmt.Errorf("start an intake: %w", err)
	}
	return id, nil
}

func (t *tx) newsOfIntake(org attendance.OrgID, id intake.ID) {
	t.tell(org, device.News{Topic: "intake", ID: string(id)})
}

// Intake returns a list with how far it is. Somebody confined to sites sees only
// lists of their own.
func (s *Store) Intake(ctx context.Context, actor access.Actor, id intake.ID) (intake.Intake, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return intake.Intake{}, err
	}
	return findIntake(ctx, s.read, actor, id)
}

func findIntake(ctx context.Context, q querier, actor access.Actor, id intake.ID) (intake.Intake, error) {
	found, err := findIntakes(ctx, q, ownIntake(actor).and("id = ?", id), 1)
	if err != nil {
		return intake.Intake{}, err
	}
	if len(found) == 0 {
		return intake.Intake{}, access.ErrNotFound
	}
	return found[0], nil
}

// Intakes returns the newest lists.
func (s *Store) Intakes(ctx context.Context, actor access.Actor, limit int) ([]intake.Intake, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 500)
	if err != nil {
		return nil, err
	}
	return findIntakes(ctx, s.read, ownIntake(actor), limit)
}

func ownIntake(actor access.Actor) *where {
	w := inOrg("org", actor)
	if !actor.Everywhere() {
		w.and("user_id = ?", actor.User)
	}
	return w
}

func findIntakes(ctx context.Context, q querier, w *where, limit int) ([]intake.Intake, error) {
	found, err := collect(ctx, q, func(r *sql.Rows, v *intake.Intake) error {
		var at int64
		var sheet, problem, counts, sends, confirmed string
		if err := r.Scan(&v.ID, &v.By, &v.Kind, &v.Name, &v.Site, &at, &v.Stage, &sheet, &problem, &v.Rows, &v.Written, &counts, &sends, &confirmed, &v.Batch, &v.Held); err != nil {
			return err
		}
		v.At = fromMicros(at)
		for text, into := range map[*string]any{&sheet: &v.Sheet, &problem: &v.Problem, &counts: &v.Counts, &sends: &v.Sends, &confirmed: &v.Confirmation} {
			if err := json.Unmarshal([]byte(*text), into); err != nil {
				return err
			}
		}
		return nil
	}, `SELECT id, user_id, kind, name, site, at, stage, sheet, problem, rows_read, rows_written, counts, sends, confirmed, batch, held
		FROM intakes`+w.sql+` ORDER BY at DESC, id DESC LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read intakes: %w", err)
	}
	return found, nil
}

// IntakeRows returns rows of a list in its order, those with one verdict where
// one is named. after is the line of the last row of the page before.
func (s *Store) IntakeRows(ctx context.Context, actor access.Actor, id intake.ID, verdict intake.Verdict, after, limit int) ([]intake.Row, error) {
	if _, err := s.Intake(ctx, actor, id); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 1001)
	if err != nil {
		return nil, err
	}
	w := &where{sql: ` WHERE intake = ?`, args: []any{id}}
	if verdict != "" {
		if !slices.Contains(intake.Verdicts, verdict) {
			return nil, access.Invalid{Field: "verdict", Problem: access.Unknown}
		}
		w.and("verdict = ?", verdict)
	}
	return intakeRows(ctx, s.read, w.and("line > ?", after), limit)
}

func intakeRows(ctx context.Context, q querier, w *where, limit int) ([]intake.Row, error) {
	var data [][]byte
	rows, err := collect(ctx, q, func(r *sql.Rows, v *intake.Row) error {
		var d []byte
		err := r.Scan(&v.Line, &v.Verdict, &v.Person, &v.Sends, &d)
		data = append(data, d)
		return err
	}, `SELECT line, verdict, person, sends, data FROM intake_rows`+w.sql+` ORDER BY line LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the rows of an intake: %w", err)
	}
	failed := make([]error, len(rows))
	inHalves(len(rows), func(i int) { failed[i] = unpackRow(data[i], &rows[i]) })
	if err := errors.Join(failed...); err != nil {
		return nil, fmt.Errorf("read the rows of an intake: %w", err)
	}
	return rows, nil
}

// ConfirmIntake has a worker write a list that was checked. It is ErrConflict
// when the list isn't waiting for that, such as the second time.
func (s *Store) ConfirmIntake(ctx context.Context, actor access.Actor, id intake.ID, c intake.Confirmation) error {
	c.Auto = actor.AutoInvite
	confirmed, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.stepIntake(ctx, actor, id, "confirm-intake", func(t *tx) error {
		r, err := t.ExecContext(ctx, `UPDATE intakes SET stage = 'writing', confirmed = ?, lease = '', leased_until = 0
			WHERE id = ? AND org = ? AND stage = 'checked' AND kind = 'people'`, string(confirmed), id, actor.Org)
		if err != nil {
			return err
		}
		return oneOr(r, access.ErrConflict)
	})
}

// DropIntake forgets a list, unless it is being written.
func (s *Store) DropIntake(ctx context.Context, actor access.Actor, id intake.ID) error {
	return s.stepIntake(ctx, actor, id, "drop-intake", func(t *tx) error {
		r, err := t.ExecContext(ctx, `DELETE FROM intakes WHERE id = ? AND org = ? AND stage != 'writing'`, id, actor.Org)
		if err != nil {
			return err
		}
		return oneOr(r, access.ErrConflict)
	})
}

func (s *Store) stepIntake(ctx context.Context, actor access.Actor, id intake.ID, what string, f func(*tx) error) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	err := s.change(ctx, func(t *tx) error {
		if _, err := findIntake(ctx, t, actor, id); err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		t.newsOfIntake(actor.Org, id)
		return t.audit(ctx, actor, what, string(id))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
