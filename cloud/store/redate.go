package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// redateAtOnce is how many rows a delivery tells anew by itself, which come before the one
// that it brings or after it; what is beyond waits in redatings. A tablet's rows must be kept
// in seconds whatever they show of thousands before them. Redate looks at ten times as many
// at a time, of which hardly any may have changed.
const redateAtOnce = 1000

// inVain is how often rows are reckoned anew because others came between. Then they are told
// as they were a moment ago, and are looked at again after the others of the journal.
const inVain = 3

// owed are rows to be told anew.
type owed struct {
	device    attendance.DeviceID
	org       attendance.OrgID
	stream    uuid.UUID
	low, high uint64
	tries     int // see inVain
}

// owe has rows told anew later, see Redate. While others of the journal wait, those among
// them are told with these, and the others after all of these: otherwise a tablet that brings
// more and more from long ago would never have its newest rows told.
func (c *courier) owe(ctx context.Context, stream uuid.UUID, low, high uint64) error {
	_, err := c.ExecContext(ctx, `INSERT INTO redatings (device, stream, org, low, high, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (device, stream) DO UPDATE SET
		again_low = CASE WHEN redatings.again_high = 0 OR excluded.low < redatings.again_low THEN excluded.low ELSE redatings.again_low END,
		again_high = CASE WHEN excluded.high > redatings.again_high THEN excluded.high ELSE redatings.again_high END
		WHERE excluded.low < redatings.low OR excluded.high > redatings.high`,
		c.d.Device, stream[:], c.d.Org, int64(low), int64(high), micros(c.now)) //nolint:gosec // they came out as one
	if err != nil {
		return fmt.Errorf("have rows told anew later: %w", err)
	}
	return nil
}

// owes tells whether rows of a stream wait to be told anew.
func (c *courier) owes(ctx context.Context, stream uuid.UUID) (owes bool, err error) {
	err = c.hot.one(ctx, `SELECT EXISTS (SELECT 1 FROM redatings WHERE device = ? AND stream = ?)`, []any{c.d.Device, stream[:]}, &owes)
	if err != nil {
		return false, fmt.Errorf("look for rows to be told anew: %w", err)
	}
	return owes, nil
}

// Redate tells some of the rows anew that wait for it, at most a thousand in a transaction; more
// is false where none does. What fails lets others go first. What was moved away waits: it
// may be taken back.
func (s *Store) Redate(ctx context.Context) (more bool, err error) {
	o, err := s.nextOwed(ctx)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for rows to be told anew: %w", err)
	}
	if err = s.redate(ctx, o); err == nil {
		return true, nil
	}
	later := s.changeLocked(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE redatings SET since = ? WHERE device = ? AND stream = ?`, micros(t.now), o.device, o.stream[:])
		return err
	})
	return true, errors.Join(fmt.Errorf("tell rows of %s anew: %w", o.device, err), later)
}

// nextOwed returns the rows whose turn it is: one tablet's after another's, so that nobody
// waits for one that was taken over and has any number of streams.
func (s *Store) nextOwed(ctx context.Context) (o owed, err error) {
	var after attendance.DeviceID
	if last := s.redatedLast.Load(); last != nil {
		after = *last
	}
	if o, err = s.owedAfter(ctx, after); isNotFound(err) && after != "" {
		o, err = s.owedAfter(ctx, "")
	}
	if err == nil {
		s.redatedLast.Store(&o.device)
	}
	return o, err
}

// owedAfter returns rows of the first tablet after another one.
func (s *Store) owedAfter(ctx context.Context, after attendance.DeviceID) (o owed, err error) {
	var stream []byte
	err = known(s.read.QueryRowContext(ctx, `SELECT device, org, stream, low, high, tries FROM redatings
		WHERE device > ? AND org NOT IN (SELECT org FROM departures) ORDER BY device, since, stream LIMIT 1`, after).
		Scan(&o.device, &o.org, &stream, &o.low, &o.high, &o.tries))
	if err != nil {
		return o, err
	}
	o.stream, err = uuid.FromBytes(stream)
	return o, err
}

// retelling is what turned out to be told anew of some rows.
type retelling struct {
	rows []reckoned
	next uint64 // the first row after them that was not looked at
	// What it was reckoned from: so many rows are between these.
	from, to uint64
	n        int
	stale    bool // others came since, and it is told all the same
}

// redate tells the next rows of a stream anew, in as many transactions as it takes. What they
// turn out to be is reckoned while nobody waits for it; then it holds as long as no rows came
// between.
func (s *Store) redate(ctx context.Context, o owed) error {
	found, err := s.retelling(ctx, o)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = s.tellAnew(ctx, &o, found)
	}
	return err
}

// tellAnew tells the first of what was found, as many rows as are told at once; more tells
// whether there are others, which hold still.
func (s *Store) tellAnew(ctx context.Context, o *owed, found *retelling) (more bool, err error) {
	rows, next := found.rows, found.next
	if uint64(len(rows)) > s.atOnce {
		rows, next = rows[:s.atOnce], rows[s.atOnce].row.Seq
	}
	told, stale := false, false
	err = s.changeLocked(ctx, func(t *tx) error {
		told = false
		c, err := t.mender(ctx, o.org, o.device)
		if err != nil {
			return err
		}
		if c.site == "" { // otherwise the tablet's organisation is here still
			if err := here(ctx, t, o.org); errors.Is(err, errDeparted) {
				return nil // just now, and it may be taken back
			} else if err != nil {
				return err
			}
		}
		var low, high uint64
		err = known(c.QueryRowContext(ctx, `SELECT low, high FROM redatings WHERE device = ? AND stream = ?`, o.device, o.stream[:]).Scan(&low, &high))
		if isNotFound(err) || err == nil && low != o.low { // another cloud was quicker, or there is more to do
			return nil
		}
		if err != nil {
			return err
		}
		if n, err := c.rowsBetween(ctx, o.stream, found.from, found.to); err != nil {
			return err
		} else if stale = n != found.n; stale && !found.stale && o.tries+1 < inVain {
			return c.setLow(ctx, o.stream, low, o.tries+1)
		}
		for _, a := range rows {
			if c.site == "" {
				break
			}
			if err := c.retell(ctx, a.row, a.at, a.received); err != nil {
				return fmt.Errorf("row %d: %w", a.row.Seq, err)
			}
		}
		if next <= high {
			err = c.setLow(ctx, o.stream, next, 0)
		} else {
			err = c.allTold(ctx, o.stream)
		}
		if err == nil && stale {
			err = c.owe(ctx, o.stream, low, next-1)
		}
		if err != nil {
			return fmt.Errorf("note what was told anew: %w", err)
		}
		c.tell(o.org, c.out.News...)
		told = true
		return c.noteRedated(ctx)
	})
	if err != nil || !told {
		return false, err
	}
	found.rows, found.stale, o.low = found.rows[len(rows):], stale, next
	return len(found.rows) > 0, nil
}

// setLow notes through where rows are told anew, and how often in vain those from there on,
// and lets others go first.
func (c *courier) setLow(ctx context.Context, stream uuid.UUID, low uint64, tries int) error {
	_, err := c.ExecContext(ctx, `UPDATE redatings SET low = ?, tries = ?, since = ? WHERE device = ? AND stream = ?`, int64(low), tries, micros(c.now), c.d.Device, stream[:]) //nolint:gosec // it came out as one
	return err
}

// allTold notes that all rows are told that waited when the first of them was: now it is the
// turn of what came meanwhile, if something did.
func (c *courier) allTold(ctx context.Context, stream uuid.UUID) error {
	n, err := c.hot.exec(ctx, `UPDATE redatings SET low = again_low, high = again_high, again_low = 0, again_high = 0, tries = 0, since = ?
		WHERE device = ? AND stream = ? AND again_high > 0`, micros(c.now), c.d.Device, stream[:])
	if err == nil && n == 0 {
		_, err = c.ExecContext(ctx, `DELETE FROM redatings WHERE device = ? AND stream = ?`, c.d.Device, stream[:])
	}
	return err
}

// retelling reckons which of the next rows are told to have been when they weren't.
func (s *Store) retelling(ctx context.Context, o owed) (*retelling, error) {
	view, err := s.read.begin(ctx, moment)
	if err != nil {
		return nil, err
	}
	defer view.rollback()
	t := &tx{conn: view, now: s.now(), atOnce: s.atOnce, box: s.box}
	c := &courier{tx: t, hot: prepare(t.speaker), d: device.Delivery{Org: o.org, Device: o.device}}
	to := o.high // a journal may have gaps of any size: rows count, not numbers between them
	err = known(c.QueryRowContext(ctx, `SELECT seq FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT 1 OFFSET ?`,
		o.device, o.stream[:], int64(o.low), int64(o.high), 10*int64(s.atOnce)-1).Scan(&to)) //nolint:gosec // they came out as such
	last := isNotFound(err) // there are fewer
	if err != nil && !last {
		return nil, err
	}
	if last {
		err = c.QueryRowContext(ctx, `SELECT COALESCE(max(seq), ?) FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ?`,
			int64(o.low), o.device, o.stream[:], int64(o.low), int64(o.high)).Scan(&to) //nolint:gosec // they came out as such
		if err != nil {
			return nil, err
		}
	}
	found := &retelling{next: to + 1}
	if last {
		found.next = max(found.next, o.high+1)
	}
	all, err := c.reckonFew(ctx, o.stream, o.low, to)
	if err != nil {
		return nil, err
	}
	same, err := c.unchanged(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if !same[a.row.ID.String()] && timed(a.row.Kind) {
			found.rows = append(found.rows, a)
		}
	}
	found.from, found.to = c.lookedFrom, c.lookedTo
	if last { // and none came after them
		found.to = max(found.to, o.high)
	}
	if found.n, err = c.rowsBetween(ctx, o.stream, found.from, found.to); err != nil {
		return nil, err
	}
	s.box.put(t.ballots)
	return found, nil
}
