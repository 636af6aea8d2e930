package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// repeatBatch is how many rows are tried again in one transaction.
const repeatBatch = 500

// Reprocess tries everything in quarantine within the actor's reach again, from
// the raw log: what can be matched by now does what it tells, the rest stays. Doing
// it twice does nothing more.
func (s *Store) Reprocess(ctx context.Context, actor access.Actor) (attendance.ReprocessReport, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return attendance.ReprocessReport{}, err
	}
	return s.reprocess(ctx, actor, func(t *tx, c *courier, part attendance.ReprocessReport) error {
		if part.Tried == 0 {
			return nil
		}
		if part.Matched > 0 {
			c.news("quarantine", "")
		}
		t.tell(actor.Org, c.out.News...)
		return t.audit(ctx, actor, "reprocess", fmt.Sprintf("%s: %d of %d", c.d.Device, part.Matched, part.Tried))
	})
}

// errOnlyTried rolls back what was only tried.
var errOnlyTried = errors.New("only tried")

// TryReprocess tells what Reprocess would come to now, and changes nothing.
func (s *Store) TryReprocess(ctx context.Context, actor access.Actor) (attendance.ReprocessReport, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return attendance.ReprocessReport{}, err
	}
	return s.reprocess(ctx, actor, func(*tx, *courier, attendance.ReprocessReport) error { return errOnlyTried })
}

// reprocess goes from tablet to tablet, batch by batch; done ends each
// transaction.
func (s *Store) reprocess(ctx context.Context, actor access.Actor, done func(*tx, *courier, attendance.ReprocessReport) error) (attendance.ReprocessReport, error) {
	var sum attendance.ReprocessReport
	w := inOrg("q.org", actor).and("q.resolved_at = 0 AND q.body IS NULL AND q.stream IS NOT NULL").atSite("d.site", actor)
	tablets, err := collect(ctx, s.read, scanOne[attendance.DeviceID],
		`SELECT DISTINCT q.device FROM quarantine q JOIN devices d ON d.id = q.device AND d.org = q.org`+w.sql+` ORDER BY q.device`, w.args...)
	if err != nil {
		return sum, fmt.Errorf("reprocess: %w", err)
	}
	for _, dev := range tablets {
		for after := int64(0); ; {
			var part attendance.ReprocessReport
			var last int64
			var more bool
			err := s.changeLocked(ctx, func(t *tx) error {
				part, last, more = attendance.ReprocessReport{}, 0, false
				c, err := t.mender(ctx, actor.Org, dev)
				if err != nil {
					return err
				}
				if part, last, more, err = c.repeat(ctx, after); err != nil {
					return err
				}
				return done(t, c, part)
			})
			if err != nil && !errors.Is(err, errOnlyTried) {
				return sum, fmt.Errorf("reprocess %s: %w", dev, err)
			}
			sum.Tried, sum.Matched = sum.Tried+part.Tried, sum.Matched+part.Matched
			if !more {
				break
			}
			after = last
		}
	}
	return sum, nil
}

// repeat tries the next entries of the courier's tablet again, fewer where it takes long to
// tell when they were. more tells whether there may be others.
func (c *courier) repeat(ctx context.Context, after int64) (part attendance.ReprocessReport, last int64, more bool, err error) {
	type entry struct {
		id     int64
		reason string
		row    storedRow
	}
	open, err := collect(ctx, c, func(r *sql.Rows, e *entry) error {
		return r.Scan(append([]any{&e.id, &e.reason}, e.row.into()...)...)
	}, `SELECT q.id, q.reason, `+storedColumns+` FROM quarantine q JOIN raw_rows r ON r.device = q.device AND r.stream = q.stream AND r.seq = q.seq
		WHERE q.device = ? AND q.resolved_at = 0 AND q.body IS NULL AND q.id > ? ORDER BY q.id LIMIT ?`, c.d.Device, after, repeatBatch)
	if err != nil {
		return part, 0, false, fmt.Errorf("read the raw log: %w", err)
	}
	for _, e := range open {
		if c.spent > c.thrift.all {
			return part, last, true, nil
		}
		row, err := e.row.row()
		if err != nil {
			return part, 0, false, fmt.Errorf("row %d: %w", e.row.seq, err)
		}
		part.Tried, last = part.Tried+1, e.id
		at, err := c.when(ctx, row, e.row.received)
		if err != nil {
			return part, 0, false, err
		}
		matched, err := c.retry(ctx, e.id, e.reason, row, e.row.received, at)
		if err != nil {
			return part, 0, false, err
		}
		if matched {
			part.Matched++
		}
	}
	return part, last, len(open) == repeatBatch, nil
}

// retry projects one row again.
func (c *courier) retry(ctx context.Context, id int64, reason string, row device.Row, received int64, at attendance.Moment) (matched bool, err error) {
	c.d.Received = fromMicros(received)
	why, err := c.carryOut(ctx, nil, &row, nil, at)
	switch {
	case err != nil:
		return false, fmt.Errorf("project row %s/%d: %w", row.Stream, row.Seq, err)
	case why == reason:
		return false, nil
	case why != "":
		_, err := c.ExecContext(ctx, `UPDATE quarantine SET reason = ? WHERE id = ?`, why, id)
		return false, err
	}
	return true, c.resolve(ctx, id, attendance.Reprocessed, "", "", "")
}
