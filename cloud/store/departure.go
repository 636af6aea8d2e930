package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// errDeparted says that an organisation's data were moved to another database.
// Whoever wants something of it asks again, there.
var errDeparted = fmt.Errorf("the organisation was %w; to have it here again see \"muster-cloud restored --take-back\": %w", access.ErrMoved, access.ErrUnavailable)

// here tells whether an organisation was moved away: then it is errDeparted.
func here(ctx context.Context, q querier, org attendance.OrgID) error {
	var gone bool
	if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM departures WHERE org = ?)`, org).Scan(&gone); err != nil {
		return fmt.Errorf("look whether an organisation is here: %w", err)
	}
	if gone {
		return errDeparted
	}
	return nil
}

// Departed returns how many organisations were moved away, and how many are here.
func (s *Store) Departed(ctx context.Context) (gone, stay int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM orgs WHERE id IN (SELECT org FROM departures)),
		(SELECT count(*) FROM orgs WHERE id NOT IN (SELECT org FROM departures))`).Scan(&gone, &stay)
	if err != nil {
		return 0, 0, fmt.Errorf("count organisations: %w", err)
	}
	return gone, stay, nil
}

// TakeBack has everything count here again that was moved away. Whoever calls it
// knows that it counts nowhere else: two clouds that both take in an organisation
// each have a part of it.
func (s *Store) TakeBack(ctx context.Context) error {
	return s.change(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM departures`); err != nil {
			return fmt.Errorf("take organisations back: %w", err)
		}
		return nil
	})
}

// departing keeps everybody from writing to a database until it ends. What is read
// meanwhile is the last that there is.
type departing struct {
	conn
	at   int64
	done bool
}

// depart begins it. A cloud that runs all the same waits, and what it was about to
// keep of a tablet it doesn't acknowledge.
func (s *Store) depart(ctx context.Context) (*departing, error) {
	c, err := s.write.begin(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	d := &departing{conn: c, at: micros(s.now())}
	if !s.write.bulk() {
		return d, nil // it is the only one who writes
	}
	for _, p := range append([]part{{table: "departures"}}, parts...) {
		if _, err := c.ExecContext(ctx, `LOCK TABLE `+p.table+` IN EXCLUSIVE MODE`); err != nil {
			c.rollback()
			return nil, fmt.Errorf("keep others from writing: %w", err)
		}
	}
	return d, nil
}

// sign notes that the organisations are elsewhere from now on, and lets others
// write again. It comes before the other database commits: what happens in between
// leaves them nowhere for the moment, never in two places.
func (d *departing) sign(ctx context.Context, orgs []attendance.Organisation) error {
	if d.done {
		return nil
	}
	for _, o := range orgs {
		if _, err := d.ExecContext(ctx, `INSERT INTO departures (org, at) VALUES (?, ?)`, o.ID, d.at); err != nil {
			return fmt.Errorf("note that %s was moved: %w", o.Name, err)
		}
	}
	if err := d.commit(); err != nil {
		return err
	}
	d.done = true
	return nil
}
