package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// Presence keeps that a tablet's session began or ended. The end of a session
// that is not the newest says nothing and changes nothing; nor does a beginning
// that is older than the session which is on. changed tells whether it counted.
func (s *Store) Presence(ctx context.Context, from wire.Address, p *wire.Presence) (changed bool, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		query, args := `UPDATE devices SET online = FALSE, online_since = ?, seen_at = ? WHERE id = ? AND org = ? AND session = ? AND online`,
			[]any{micros(t.now), micros(t.now), from.Device, from.Org, p.GetSession()}
		if p.GetOnline() {
			query = `UPDATE devices SET online_since = CASE WHEN online THEN online_since ELSE ? END, online = TRUE, session = ?, session_at = ?, seen_at = ?, replica = ?
				WHERE id = ? AND org = ? AND revoked_at = 0 AND (NOT online OR session_at <= ?)`
			args = []any{micros(t.now), p.GetSession(), p.GetStartedUs(), micros(t.now), s.replica, from.Device, from.Org, p.GetStartedUs()}
		}
		res, err := t.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("presence of %s: %w", from.Device, err)
		}
		n, err := res.RowsAffected()
		changed = n > 0
		return err
	})
	return changed && err == nil, err
}

// Pulses keeps how tablets are. It returns those for which commands wait. A
// tablet of which nobody knows where it is, because its replica was given up, is
// here.
func (s *Store) Pulses(ctx context.Context, pulses map[wire.Address]*wire.Pulse) (waiting []attendance.DeviceID, err error) {
	// Always in the same order: two that lock the same tablets don't wait for each other.
	order := slices.SortedFunc(maps.Keys(pulses), func(a, b wire.Address) int { return cmp.Compare(a.Device, b.Device) })
	err = s.changeLocked(ctx, func(t *tx) error {
		waiting = waiting[:0]
		for _, from := range order {
			p := pulses[from]
			body, err := proto.Marshal(p)
			if err != nil {
				return fmt.Errorf("pulse of %s: %w", from.Device, err)
			}
			var open bool
			err = t.QueryRowContext(ctx, `UPDATE devices SET pulse = ?, seen_at = ?,
				online_since = CASE WHEN online OR replica != '' THEN online_since ELSE ? END, online = online OR replica = '',
				replica = CASE WHEN replica = '' THEN ? ELSE replica END WHERE id = ? AND org = ? AND revoked_at = 0
				RETURNING EXISTS (SELECT 1 FROM commands WHERE device = devices.id AND state = 'open' AND expires_at > ?)`,
				body, micros(t.now), micros(t.now), s.replica, from.Device, from.Org, micros(t.now)).Scan(&open)
			if err = known(err); err != nil && !isNotFound(err) {
				return fmt.Errorf("pulse of %s: %w", from.Device, err)
			}
			if open {
				waiting = append(waiting, from.Device)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return waiting, nil
}

// AllOffline forgets who was online: after a start of the only cloud there is,
// nobody is until they say so.
func (s *Store) AllOffline(ctx context.Context) error {
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE devices SET online = FALSE, online_since = ?, replica = '' WHERE online`, micros(t.now))
		return err
	})
}

// OnlineAt returns the addresses of a site's tablets that are online here.
func (s *Store) OnlineAt(ctx context.Context, site attendance.SiteID) ([]wire.Address, error) {
	online, err := collect(ctx, s.read, func(r *sql.Rows, a *wire.Address) error { return r.Scan(&a.Org, &a.Device) },
		`SELECT d.org, d.id FROM sites s JOIN devices d ON d.org = s.org AND d.site = s.id
		WHERE s.id = ? AND d.online AND d.replica = ? AND d.revoked_at = 0`, site, s.replica)
	if err != nil {
		return nil, fmt.Errorf("online at %s: %w", site, err)
	}
	return online, nil
}
