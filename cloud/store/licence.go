package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// unlimited is what an organisation has that nobody gave a licence: whoever runs
// a cloud of their own needs none.
var unlimited = invite.Licence{Type: invite.Enterprise}

// maxSeats is far above what one organisation can have.
const maxSeats = 10_000_000

func findLicence(ctx context.Context, q querier, org attendance.OrgID) (invite.Licence, error) {
	var l invite.Licence
	var expires int64
	err := q.QueryRowContext(ctx, `SELECT kind, seats, expires_at FROM licences WHERE org = ?`, org).Scan(&l.Type, &l.Seats, &expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return unlimited, nil
	case err != nil:
		return l, fmt.Errorf("read licence: %w", err)
	}
	l.Expires = fromMicros(expires)
	return l, nil
}

// SetLicence gives an organisation a licence. It is for whoever runs the cloud,
// and takes no actor: nobody within an organisation may do it. Who is a member
// already stays one.
func (s *Store) SetLicence(ctx context.Context, org attendance.OrgID, l invite.Licence) error {
	if err := checkLicence(l); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error { return t.setLicence(ctx, access.Actor{Org: org}, l) })
}

func checkLicence(l invite.Licence) error {
	if l.Type.Fits(invite.ByAddress) == invite.NotAllowed {
		return access.Invalid{Field: "type", Problem: access.Unknown}
	}
	if l.Seats < 0 || l.Seats > maxSeats {
		return access.Invalid{Field: "seats", Problem: access.OutOfRange}
	}
	return nil
}

// setLicence gives the actor's organisation a licence; there is one row of it.
func (t *tx) setLicence(ctx context.Context, actor access.Actor, l invite.Licence) error {
	_, err := t.ExecContext(ctx, `INSERT INTO licences (org, kind, seats, expires_at, changed_at) SELECT id, ?, ?, ?, ? FROM orgs WHERE id = ?
		ON CONFLICT (org) DO UPDATE SET kind = excluded.kind, seats = excluded.seats, expires_at = excluded.expires_at, changed_at = excluded.changed_at`,
		l.Type, l.Seats, micros(l.Expires), micros(t.now), actor.Org)
	if err != nil {
		return fmt.Errorf("set licence: %w", err)
	}
	var there bool
	if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM licences WHERE org = ?)`, actor.Org).Scan(&there); err != nil {
		return fmt.Errorf("set licence: %w", err)
	}
	if !there {
		return fmt.Errorf("set licence: organisation: %w", access.ErrNotFound)
	}
	return t.audit(ctx, actor, "set-licence", fmt.Sprintf("%s, %d seats, until %s", l.Type, l.Seats, until(l.Expires)))
}

func until(t time.Time) string {
	if t.IsZero() {
		return "ever"
	}
	return t.UTC().Format(time.DateOnly)
}

// seatsTaken counts who has a seat: members, and who is asked to be one, so that
// their yes never comes too late.
func seatsTaken(ctx context.Context, q querier, org attendance.OrgID) (taken, asked int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN membership = 'invited' THEN 1 ELSE 0 END), 0) FROM profiles
		WHERE org = ? AND membership IN ('accepted', 'invited') AND removed_at = 0`, org).Scan(&taken, &asked)
	if err != nil {
		err = fmt.Errorf("count seats: %w", err)
	}
	return taken, asked, err
}

// waysOn returns which ways in an organisation has switched on. Those that are
// discouraged are off until somebody wants them.
func waysOn(ctx context.Context, q querier, org attendance.OrgID, of invite.LicenceType) (map[invite.Way]bool, error) {
	on := map[invite.Way]bool{}
	for _, w := range invite.Ways {
		on[w] = of.Fits(w) > invite.Discouraged
	}
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var w invite.Way
		var enabled bool
		if err := r.Scan(&w, &enabled); err != nil {
			return err
		}
		on[w] = enabled
		return nil
	}, `SELECT way, enabled FROM ways WHERE org = ?`, org)
	if err != nil {
		return nil, fmt.Errorf("read ways: %w", err)
	}
	return on, nil
}

// SetWay switches a way in on or off. One that the licence doesn't have can't be
// switched on.
func (s *Store) SetWay(ctx context.Context, actor access.Actor, w invite.Way, on bool) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		l, err := findLicence(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		if !slices.Contains(invite.Ways, w) || on && l.Type.Fits(w) == invite.NotAllowed {
			return access.Invalid{Field: "way", Problem: access.Unknown}
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO ways (org, way, enabled) VALUES (?, ?, ?) ON CONFLICT (org, way) DO UPDATE SET enabled = excluded.enabled`,
			actor.Org, w, on); err != nil {
			return fmt.Errorf("set way: %w", err)
		}
		action := "close-way"
		if on {
			action = "open-way"
		}
		return t.audit(ctx, actor, action, string(w))
	})
}

// Access returns the licence, who takes its seats, and the ways in. What only
// organisation admins decide on, link and key among it, is shown to them only.
func (s *Store) Access(ctx context.Context, actor access.Actor) (invite.Access, error) {
	var a invite.Access
	if err := actor.Require(access.ReadRoster); err != nil {
		return a, err
	}
	err := s.view(ctx, func(q querier) (err error) {
		if a.Licence, err = findLicence(ctx, q, actor.Org); err != nil {
			return err
		}
		if a.Taken, a.Limited, err = seatsTaken(ctx, q, actor.Org); err != nil {
			return err
		}
		if a.On, err = waysOn(ctx, q, actor.Org, a.Licence.Type); err != nil {
			return err
		}
		if !actor.May(access.ManageSites) {
			return nil
		}
		if a.Codes, err = findJoinCodes(ctx, q, actor.Org); err != nil {
			return err
		}
		if a.Domains, err = findDomains(ctx, q, actor.Org); err != nil {
			return err
		}
		if a.Units, err = findUnits(ctx, q, actor.Org); err != nil {
			return err
		}
		a.Outside, err = groupsOutside(ctx, q, actor.Org)
		return err
	})
	if err != nil {
		return invite.Access{}, fmt.Errorf("licence and ways: %w", err)
	}
	return a, nil
}
