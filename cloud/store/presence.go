package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// afterglow is for how long a pulse that names the session before the newest is
// taken for one that was on its way.
const afterglow = 10 * time.Second

// Presence keeps that a tablet's session began or ended. The end of a session
// that is not the newest says nothing and changes nothing; nor does the beginning
// of the one that the newest took the place of. changed tells whether it counted.
//
// Which session is the newest is told by the order in which they come here, never
// by the tablet's clock: one without a battery for it goes on in 1970 after a
// power cut. Should two replicas have brought them the wrong way round, the
// tablet's next pulse puts that right.
//
// It waits for nobody: it is device.ErrBusy while the tablet's rows are being stored.
func (s *Store) Presence(ctx context.Context, from wire.Address, p *wire.Presence) (changed bool, err error) {
	err = s.changeLocked(ctx, func(t *tx) error {
		changed = false
		free, err := collect(ctx, t, scanOne[attendance.DeviceID], `SELECT id FROM devices WHERE id = ? /* FOR UPDATE, WHAT IS FREE */`, from.Device)
		if err != nil {
			return fmt.Errorf("lock %s: %w", from.Device, err)
		}
		if len(free) == 0 {
			var there bool
			if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM devices WHERE id = ?)`, from.Device).Scan(&there); err != nil || !there {
				return err
			}
			return device.ErrBusy
		}
		query, args := `UPDATE devices SET online = FALSE, online_since = ?, seen_at = ? WHERE id = ? AND org = ? AND session = ? AND online`,
			[]any{micros(t.now), micros(t.now), from.Device, from.Org, p.GetSession()}
		if p.GetOnline() {
			query = `UPDATE devices SET online_since = CASE WHEN online THEN online_since ELSE ?2 END, online = TRUE, seen_at = ?2, replica = ?3, session_at = ?2,
				session_before = CASE WHEN session = ?1 THEN session_before ELSE session END, session = ?1
				WHERE id = ?4 AND org = ?5 AND revoked_at = 0 AND session_before != ?1`
			args = []any{p.GetSession(), micros(t.now), s.replica, from.Device, from.Org}
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

// moves tells whether a pulse, which names session ?1, comes from a newer session
// than the one that is known; what began before ?3 is no news any more.
const moves = `(?1 != '' AND session != ?1 AND (session_before != ?1 OR session_at < ?3))`

// Pulses keeps how tablets are. A tablet of which nobody knows where it is, because
// its replica was given up, is here; so is one whose pulse names another session than
// the one that is known.
//
// It waits for nobody: tablets that another transaction has locked, because their rows
// are being stored, are passed over and named. While it waited for one it would keep the
// others locked, and these may have something to tell that people wait for.
func (s *Store) Pulses(ctx context.Context, pulses map[wire.Address]*wire.Pulse) (heard device.Heard, err error) {
	ids := make([]attendance.DeviceID, 0, len(pulses))
	for from := range pulses {
		ids = append(ids, from.Device)
	}
	err = s.changeLocked(ctx, func(t *tx) error {
		heard = device.Heard{}
		free, err := collect(ctx, t, scanOne[attendance.DeviceID],
			`SELECT id FROM devices WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id /* FOR UPDATE, WHAT IS FREE */`, list(ids))
		if err != nil {
			return fmt.Errorf("lock tablets: %w", err)
		}
		locked := make(map[attendance.DeviceID]bool, len(free))
		for _, id := range free {
			locked[id] = true
		}
		if len(free) < len(ids) {
			there, err := collect(ctx, t, scanOne[attendance.DeviceID], `SELECT id FROM devices WHERE id IN (SELECT value FROM json_each(?))`, list(ids))
			if err != nil {
				return fmt.Errorf("look for tablets: %w", err)
			}
			heard.Busy = slices.DeleteFunc(there, func(id attendance.DeviceID) bool { return locked[id] })
		}
		for from, p := range pulses {
			if !locked[from.Device] {
				continue
			}
			open, err := t.pulse(ctx, from, p, s.replica)
			if err != nil {
				return fmt.Errorf("pulse of %s: %w", from.Device, err)
			}
			if open {
				heard.Ordered = append(heard.Ordered, from.Device)
			}
		}
		return nil
	})
	if err != nil {
		return device.Heard{}, err
	}
	return heard, nil
}

// pulse keeps how a tablet is; open tells whether commands wait for it.
func (t *tx) pulse(ctx context.Context, from wire.Address, p *wire.Pulse, replica string) (open bool, err error) {
	body, err := proto.Marshal(p)
	if err != nil {
		return false, err
	}
	err = t.QueryRowContext(ctx, `UPDATE devices SET pulse = ?4, seen_at = ?2,
		online_since = CASE WHEN online OR replica != '' AND NOT `+moves+` THEN online_since ELSE ?2 END,
		online = online OR replica = '' OR `+moves+`,
		replica = CASE WHEN replica = '' OR `+moves+` THEN ?5 ELSE replica END,
		session = CASE WHEN `+moves+` THEN ?1 ELSE session END,
		session_before = CASE WHEN `+moves+` THEN session ELSE session_before END,
		session_at = CASE WHEN `+moves+` THEN ?2 ELSE session_at END
		WHERE id = ?6 AND org = ?7 AND revoked_at = 0
		RETURNING EXISTS (SELECT 1 FROM commands WHERE device = devices.id AND state = 'open' AND expires_at > ?2)`,
		p.GetSession(), micros(t.now), micros(t.now.Add(-afterglow)), body, replica, from.Device, from.Org).Scan(&open)
	if err = known(err); isNotFound(err) {
		err = nil // it was revoked
	}
	return open, err
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
