package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/intake"
	"muster/invite"
)

// keepIntakes is how long a list is kept: its rows are about people.
const keepIntakes = 30 * 24 * time.Hour

// writeAtOnce is how many rows are written in one transaction.
const writeAtOnce = 2000

// errNotOurs: another worker has the list by now.
var errNotOurs = fmt.Errorf("the intake is another worker's: %w", access.ErrConflict)

// TakeIntake gives a worker a list that is to be read or written; it is the
// worker's until then, and longer with each step. The zero Job: there is none.
func (s *Store) TakeIntake(ctx context.Context, worker string, until time.Time) (intake.Job, error) {
	var j intake.Job
	err := s.changeLocked(ctx, func(t *tx) error {
		j = intake.Job{Worker: worker, People: map[attendance.ProfileID]int{}}
		user, err := t.takeTurn(ctx, &j, until)
		if isNotFound(err) {
			j = intake.Job{}
			return nil
		}
		if err != nil {
			return err
		}
		policy, err := s.policy(ctx, t, j.Org)
		if err != nil {
			return err
		}
		j.Region = policy.Region
		actor, err := intakeActor(ctx, t, user)
		if errors.Is(err, access.ErrForbidden) {
			id := j.ID
			j = intake.Job{}
			return t.failIntake(ctx, id, intake.Problem{Code: intake.Stopped})
		}
		if err != nil {
			return err
		}
		j.Sites, err = collect(ctx, t, func(r *sql.Rows, v *attendance.Site) error { return r.Scan(&v.ID, &v.Name) },
			`SELECT id, name FROM sites`+inOrg("org", actor).atSite("id", actor).sql+` ORDER BY name, id`, inOrg("org", actor).atSite("id", actor).args...)
		return err
	})
	if err != nil {
		return intake.Job{}, fmt.Errorf("take an intake on: %w", err)
	}
	return j, nil
}

// intakeActor is whoever began a list, as they are now.
func intakeActor(ctx context.Context, q querier, user access.UserID) (access.Actor, error) {
	u, err := findUser(ctx, q, `id = ?`, user)
	if isNotFound(err) {
		return access.Actor{}, access.ErrForbidden
	}
	if err != nil {
		return access.Actor{}, err
	}
	return u.Actor(), u.Actor().Require(access.ManageRoster)
}

func (t *tx) failIntake(ctx context.Context, id intake.ID, p intake.Problem) error {
	problem, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM intake_files WHERE intake = ?`, id); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE intakes SET stage = 'failed', problem = ?, lease = '', leased_until = ? WHERE id = ?`, string(problem), micros(t.now), id)
	return err
}

// ReleaseIntakes frees everybody's lists: for a cloud that begins and is alone.
func (s *Store) ReleaseIntakes(ctx context.Context) error {
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE intakes SET lease = '', leased_until = 0 WHERE lease != ''`)
		return err
	})
}

// IntakeFile returns the file of a list that is to be read.
func (s *Store) IntakeFile(ctx context.Context, id intake.ID) ([]byte, error) {
	var file []byte
	if err := s.read.QueryRowContext(ctx, `SELECT file FROM intake_files WHERE intake = ?`, id).Scan(&file); err != nil {
		return nil, fmt.Errorf("read the file of an intake: %w", known(err))
	}
	return file, nil
}

// ours holds a list for the worker for some time more, and returns on whose
// behalf it works.
func (t *tx) ours(ctx context.Context, j intake.Job, until time.Time) (access.Actor, error) {
	r, err := t.ExecContext(ctx, `UPDATE intakes SET leased_until = ? WHERE id = ? AND org = ? AND lease = ? AND stage = ?`,
		micros(until), j.ID, j.Org, j.Worker, j.Stage)
	if err != nil {
		return access.Actor{}, err
	}
	if err := oneOr(r, errNotOurs); err != nil {
		return access.Actor{}, err
	}
	var user access.UserID
	if err := t.QueryRowContext(ctx, `SELECT user_id FROM intakes WHERE id = ?`, j.ID).Scan(&user); err != nil {
		return access.Actor{}, err
	}
	return intakeActor(ctx, t, user)
}

// BeginIntake notes what the reader learned of a list. What an earlier worker read
// of it is forgotten.
func (s *Store) BeginIntake(ctx context.Context, j intake.Job, sheet intake.Sheet, until time.Time) error {
	text, err := json.Marshal(sheet)
	if err != nil {
		return err
	}
	err = s.change(ctx, func(t *tx) error {
		if _, err := t.ours(ctx, j, until); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM intake_rows WHERE intake = ?`, j.ID); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `UPDATE intakes SET sheet = ?, rows_read = 0, counts = '{}', sends = '{}' WHERE id = ?`, string(text), j.ID)
		t.newsOfIntake(j.Org, j.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin an intake: %w", err)
	}
	return nil
}

// CheckRows keeps rows of a list with what each would do.
func (s *Store) CheckRows(ctx context.Context, j intake.Job, rows []intake.Row, until time.Time) error {
	var met map[attendance.ProfileID]int
	err := s.change(ctx, func(t *tx) error {
		actor, err := t.ours(ctx, j, until)
		if err != nil {
			return err
		}
		l, err := s.lookAt(ctx, t, actor, j, rows)
		if err != nil {
			return err
		}
		met = map[attendance.ProfileID]int{}
		for i := range l.rows {
			l.plan(i)
			r := &l.rows[i]
			if r.Person == "" || r.Verdict == intake.New {
				continue // a new one is nobody whom another row could mean
			}
			if line := max(j.People[r.Person], met[r.Person]); line != 0 {
				r.Refuse(intake.Problem{Code: intake.Twice, Line: line})
			} else {
				met[r.Person] = r.Line
			}
		}
		if err := t.keepRows(ctx, j, l.rows); err != nil {
			return err
		}
		return t.count(ctx, j, len(l.rows), func(c *counted) {
			for _, r := range l.rows {
				c.add(r, 1)
			}
		})
	})
	if err != nil {
		return fmt.Errorf("check the rows of an intake: %w", err)
	}
	for person, line := range met {
		j.People[person] = line
	}
	return nil
}

// keepRows keeps rows that were checked.
func (t *tx) keepRows(ctx context.Context, j intake.Job, rows []intake.Row) error {
	kept := bulkRows{table: "intake_rows", columns: []string{"intake", "line", "verdict", "person", "sends", "data"}}
	kept.rows = make([][]any, len(rows))
	failed := make([]error, len(rows))
	inHalves(len(rows), func(i int) {
		r := rows[i]
		data, err := packRow(r)
		kept.rows[i], failed[i] = []any{string(j.ID), int64(r.Line), string(r.Verdict), string(r.Person), r.Sends, string(data)}, err
	})
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return t.insertAll(ctx, &kept)
}

// counted are the sums of a list's rows.
type counted struct {
	verdicts map[intake.Verdict]int
	sends    map[string]int
}

func (c *counted) add(r intake.Row, n int) {
	c.verdicts[r.Verdict] += n
	if r.Sends != "" {
		c.sends[r.Sends] += n
	}
}

// count changes a list's sums.
func (t *tx) count(ctx context.Context, j intake.Job, read int, f func(*counted)) error {
	var verdicts, sends string
	if err := t.QueryRowContext(ctx, `SELECT counts, sends FROM intakes WHERE id = ?`, j.ID).Scan(&verdicts, &sends); err != nil {
		return err
	}
	c := counted{map[intake.Verdict]int{}, map[string]int{}}
	if err := errors.Join(json.Unmarshal([]byte(verdicts), &c.verdicts), json.Unmarshal([]byte(sends), &c.sends)); err != nil {
		return err
	}
	f(&c)
	v, err1 := json.Marshal(c.verdicts)
	w, err2 := json.Marshal(c.sends)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `UPDATE intakes SET counts = ?, sends = ?, rows_read = rows_read + ? WHERE id = ?`, string(v), string(w), read, j.ID)
	t.newsOfIntake(j.Org, j.ID)
	return err
}

// EndReading ends the reading of a list: it waits to be confirmed from now on, or
// has failed. A problem with a line leaves the rows before it good.
func (s *Store) EndReading(ctx context.Context, j intake.Job, p intake.Problem, until time.Time) error {
	err := s.change(ctx, func(t *tx) error {
		_, err := t.ours(ctx, j, until)
		if err != nil && !errors.Is(err, access.ErrForbidden) {
			return err
		}
		var rows int
		if err := t.QueryRowContext(ctx, `SELECT rows_read FROM intakes WHERE id = ?`, j.ID).Scan(&rows); err != nil {
			return err
		}
		t.newsOfIntake(j.Org, j.ID)
		if rows == 0 && p.Code == "" {
			p.Code = intake.NoRows
		}
		if rows == 0 || p.Code == intake.Stopped {
			return t.failIntake(ctx, j.ID, p)
		}
		problem, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM intake_files WHERE intake = ?`, j.ID); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE intakes SET stage = 'checked', problem = ?, lease = '', leased_until = ? WHERE id = ?`, string(problem), micros(t.now), j.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("end the reading of an intake: %w", err)
	}
	return nil
}

// WriteRows writes the next rows of a list and tells whether any are left. A row
// that collides with something nobody foresaw goes alone, and is refused where it
// collides again.
func (s *Store) WriteRows(ctx context.Context, j intake.Job, until time.Time) (more bool, err error) {
	for _, most := range []int{writeAtOnce, writeAtOnce / 40, 1} {
		if more, err = s.writeSome(ctx, j, until, most, false); !collides(err) {
			break
		}
	}
	if collides(err) {
		more, err = s.writeSome(ctx, j, until, 1, true)
	}
	if err != nil {
		return false, fmt.Errorf("write the rows of an intake: %w", err)
	}
	return more, nil
}

func collides(err error) bool {
	var invalid access.Invalid
	return errors.As(err, &invalid) || errors.Is(err, access.ErrConflict) && !errors.Is(err, errNotOurs)
}

func (s *Store) writeSome(ctx context.Context, j intake.Job, until time.Time, most int, refuse bool) (more bool, err error) {
	ahead := s.readingAhead(ctx, j.ID)
	defer ahead.keep()
	err = s.change(ctx, func(t *tx) error {
		actor, err := t.ours(ctx, j, until)
		if err != nil {
			return err
		}
		var line int
		if err := t.QueryRowContext(ctx, `SELECT line FROM intakes WHERE id = ?`, j.ID).Scan(&line); err != nil {
			return err
		}
		rows, err := ahead.rows(ctx, t, line, most)
		if err != nil {
			return err
		}
		if more = len(rows) == most; len(rows) == 0 {
			return nil
		}
		if err := t.writeRows(ctx, s, actor, j, rows, refuse); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE intakes SET line = ?, rows_written = rows_written + ? WHERE id = ?`, rows[len(rows)-1].Line, len(rows), j.ID)
		t.newsOfIntake(j.Org, j.ID)
		return err
	})
	return more, err
}

// EndWriting orders the invitations of a list that is written, where that was
// confirmed, and ends it. It may be called again after a failure: the order is the
// same one.
func (s *Store) EndWriting(ctx context.Context, j intake.Job, until time.Time) error {
	var actor access.Actor
	var v intake.Intake
	err := s.change(ctx, func(t *tx) (err error) {
		if actor, err = t.ours(ctx, j, until); err == nil {
			v, err = findIntake(ctx, t, actor, j.ID)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end an intake: %w", err)
	}
	batch, held := invite.BatchID(""), false
	if v.Confirmation.Invite {
		order := invite.Order{Event: invite.Invite, Key: "intake-" + string(j.ID), To: invite.Selection{All: true, Filter: invite.Filter{List: string(j.ID)}}}
		plan, err := s.PlanOrder(ctx, actor, order)
		if err != nil {
			return err
		}
		if held = plan.Email > v.Confirmation.Emails || plan.SMS > v.Confirmation.SMS; !held {
			b, err := s.Ask(ctx, actor, order)
			if err != nil {
				return err
			}
			batch = b.ID
		}
	}
	err = s.change(ctx, func(t *tx) error {
		if _, err := t.ours(ctx, j, until); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE intakes SET stage = 'done', batch = ?, held = ?, lease = '', leased_until = ? WHERE id = ?`, batch, held, micros(t.now), j.ID); err != nil {
			return err
		}
		t.newsOfIntake(j.Org, j.ID)
		t.tell(j.Org, device.News{Topic: "invitation"})
		return t.audit(ctx, actor, "intake", fmt.Sprintf("%s: %d new, %d changed", j.ID, v.Counts[intake.New], v.Counts[intake.Changed]))
	})
	if err != nil {
		return fmt.Errorf("end an intake: %w", err)
	}
	return nil
}

// FailIntake ends a list that can't be gone on with. What is written stays.
func (s *Store) FailIntake(ctx context.Context, j intake.Job, p intake.Problem) error {
	return s.change(ctx, func(t *tx) error {
		t.newsOfIntake(j.Org, j.ID)
		return t.failIntake(ctx, j.ID, p)
	})
}

// ForgetIntakes drops lists that are old.
func (s *Store) ForgetIntakes(ctx context.Context) error {
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM intakes WHERE at < ? AND stage NOT IN ('reading', 'writing')`, micros(t.now.Add(-keepIntakes)))
		return err
	})
}
