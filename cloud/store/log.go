package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
)

// logClause is the WHERE clause of a page of punches or refusals, table l.
func logClause(actor access.Actor, query attendance.LogQuery) (*where, error) {
	w := inOrg("l.org", actor).atSite("l.site", actor)
	if query.Site != "" {
		if !actor.Sees(query.Site) {
			return nil, access.ErrNotFound
		}
		w.and("l.site = ?", query.Site)
	}
	if query.Profile != "" {
		w.and("l.profile = ?", query.Profile)
	}
	if !query.From.IsZero() {
		w.and("l.at >= ?", micros(query.From))
	}
	if !query.To.IsZero() {
		w.and("l.at < ?", micros(query.To))
	}
	if query.Before != "" {
		c, err := parseCursor("before", query.Before)
		if err != nil {
			return nil, err
		}
		w.and("(l.at, l.id) < (?, ?)", c.At, c.ID)
	}
	return w, nil
}

// page cuts a list that was read one row too long, and makes the cursor for the
// rest.
func page[T any](rows []T, limit int, place func(T) cursor) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, place(rows[limit-1]).String()
}

// photoInReach gives the photo of a person only where the actor may see it.
func photoInReach(actor access.Actor) (column string, args []any) {
	w := (&where{sql: `CASE WHEN 1 = 1`}).reachable("p.id", actor)
	return w.sql + ` THEN coalesce(p.photo, '') ELSE '' END`, w.args
}

func findEntries(ctx context.Context, q querier, actor access.Actor, w *where, limit int) ([]attendance.Entry, error) {
	photo, args := photoInReach(actor)
	args = append(append(args, w.args...), limit)
	entries, err := collect(ctx, q, func(r *sql.Rows, e *attendance.Entry) error {
		var direction string
		var at, deviceTime, received, width, decided int64
		p := &e.Punch
		err := r.Scan(&p.ID, &p.Site, &p.Device, &p.Profile, &p.Card, &direction, &at, &deviceTime, &p.Clock.Trust, &received, &p.ByHand, &width, &p.Moment.Source,
			&p.Approval, &e.DecidedBy, &decided,
			&e.Name, &e.Number, &e.Photo, &e.SiteName, &e.TimeZone, &e.DeviceName)
		if err != nil {
			return err
		}
		var ok bool
		if p.Direction, ok = attendance.ParseDirection(direction); !ok {
			return fmt.Errorf("punch %s goes %q", p.ID, direction)
		}
		p.At, e.Received = fromMicros(at), fromMicros(received)
		e.Decided = fromMicros(decided)
		p.Clock.Device = fromMicros(deviceTime)
		p.Clock.Offset = p.At.Sub(p.Clock.Device)
		p.Moment.At, p.Moment.Uncertainty = p.At, -1
		if width >= 0 {
			p.Moment.Uncertainty = time.Duration(width) * time.Microsecond
		}
		return nil
	}, `SELECT l.id, l.site, l.device, l.profile, l.card, l.direction, l.at, l.device_time, l.trust, l.received_at, l.assigned_by != '', l.uncertainty, l.clock_source,
		l.approval, coalesce((SELECT u.name FROM users u WHERE u.id = l.approval_by AND u.org = l.org), ''), l.approval_at,
		coalesce(trim(p.first_name || ' ' || p.last_name), ''), coalesce(p.number, ''), `+photo+`,
		coalesce(s.name, ''), coalesce(s.time_zone, ''), coalesce(d.name, '')
		FROM punches l LEFT JOIN profiles p ON p.id = l.profile AND p.org = l.org
		LEFT JOIN sites s ON s.id = l.site AND s.org = l.org LEFT JOIN devices d ON d.id = l.device AND d.org = l.org`+
		w.sql+` ORDER BY l.at DESC, l.id DESC LIMIT ?`, args...)
	if err != nil {
		return nil, fmt.Errorf("read punches: %w", err)
	}
	return entries, nil
}

// Punches returns a page of punches at the sites within reach, newest first, and
// the cursor for the page after; empty on the last.
func (s *Store) Punches(ctx context.Context, actor access.Actor, query attendance.LogQuery) ([]attendance.Entry, string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, "", err
	}
	limit, err := pageSize(query.Limit, 1000)
	if err != nil {
		return nil, "", err
	}
	w, err := punchClause(actor, query)
	if err != nil {
		return nil, "", err
	}
	entries, err := findEntries(ctx, s.read, actor, w, limit+1)
	if err != nil {
		return nil, "", err
	}
	entries, next := page(entries, limit, func(e attendance.Entry) cursor {
		return cursor{At: micros(e.Punch.At), ID: string(e.Punch.ID)}
	})
	return entries, next, nil
}

// Punch returns one punch.
func (s *Store) Punch(ctx context.Context, actor access.Actor, id attendance.PunchID) (attendance.Entry, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return attendance.Entry{}, err
	}
	entries, err := findEntries(ctx, s.read, actor, inOrg("l.org", actor).and("l.id = ?", id).atSite("l.site", actor), 1)
	if err != nil {
		return attendance.Entry{}, err
	}
	if len(entries) == 0 {
		return attendance.Entry{}, access.ErrNotFound
	}
	return entries[0], nil
}

func findRefusals(ctx context.Context, q querier, w *where, limit int) ([]attendance.Refusal, error) {
	refusals, err := collect(ctx, q, func(r *sql.Rows, v *attendance.Refusal) error {
		var at int64
		err := r.Scan(&v.ID, &v.Reason, &v.Card, &v.Profile, &v.Name, &v.Site, &v.SiteName, &v.TimeZone, &v.DeviceName, &at)
		v.At = fromMicros(at)
		return err
	}, `SELECT l.id, l.reason, l.card, l.profile, coalesce(trim(p.first_name || ' ' || p.last_name), ''), l.site,
		coalesce(s.name, ''), coalesce(s.time_zone, ''), coalesce(d.name, ''), l.at
		FROM refusals l LEFT JOIN profiles p ON p.id = l.profile AND p.org = l.org
		LEFT JOIN sites s ON s.id = l.site AND s.org = l.org LEFT JOIN devices d ON d.id = l.device AND d.org = l.org`+
		w.sql+` ORDER BY l.at DESC, l.id DESC LIMIT ?`, append(w.args[:len(w.args):len(w.args)], limit)...)
	if err != nil {
		return nil, fmt.Errorf("read refusals: %w", err)
	}
	return refusals, nil
}

// Refusals returns a page of refused taps at the sites within reach, newest
// first, and the cursor for the page after; empty on the last.
func (s *Store) Refusals(ctx context.Context, actor access.Actor, query attendance.LogQuery) ([]attendance.Refusal, string, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, "", err
	}
	limit, err := pageSize(query.Limit, 1000)
	if err != nil {
		return nil, "", err
	}
	w, err := logClause(actor, query)
	if err != nil {
		return nil, "", err
	}
	refusals, err := findRefusals(ctx, s.read, w, limit+1)
	if err != nil {
		return nil, "", err
	}
	refusals, next := page(refusals, limit, func(r attendance.Refusal) cursor { return cursor{At: micros(r.At), ID: r.ID} })
	return refusals, next, nil
}

// Refusal returns one refused tap.
func (s *Store) Refusal(ctx context.Context, actor access.Actor, id string) (attendance.Refusal, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return attendance.Refusal{}, err
	}
	refusals, err := findRefusals(ctx, s.read, inOrg("l.org", actor).and("l.id = ?", id).atSite("l.site", actor), 1)
	if err != nil {
		return attendance.Refusal{}, err
	}
	if len(refusals) == 0 {
		return attendance.Refusal{}, access.ErrNotFound
	}
	return refusals[0], nil
}
