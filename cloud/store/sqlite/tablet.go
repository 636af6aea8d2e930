package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// silence is how long a tablet that said nothing counts as online still. It
// tells every half minute how it is.
const silence = 2 * time.Minute

// at returns the condition that keeps an actor to his organisation and sites;
// column is where the site stands in the query, org where the organisation does.
func at(actor access.Actor, org, site string) (cond string, args []any) {
	cond, args = org+" = ?", []any{actor.Org}
	if actor.Everywhere() {
		return cond, args
	}
	cond += " AND " + site + " IN (" + strings.TrimSuffix(strings.Repeat("?,", len(actor.Sites)), ",") + ")"
	for _, s := range actor.Sites {
		args = append(args, s)
	}
	return cond, args
}

const tabletQuery = `SELECT d.id, d.site, s.name, d.name, d.hardware, d.created_at, d.revoked_at, d.lock_message,
	d.online, d.online_since, d.seen_at, d.pulse,
	COALESCE((SELECT MAX(c.not_after) FROM certificates c WHERE c.device = d.id), 0)
	FROM devices d JOIN sites s ON s.id = d.site WHERE `

func (s *Store) scanTablet(row interface{ Scan(...any) error }) (device.Tablet, error) {
	var t device.Tablet
	var created, revoked, since, seen, expires int64
	var message *string
	var pulse []byte
	err := row.Scan(&t.ID, &t.Site, &t.SiteName, &t.Name, &t.Hardware, &created, &revoked, &message,
		&t.Online, &since, &seen, &pulse, &expires)
	if err != nil {
		return device.Tablet{}, known(err)
	}
	t.Created, t.Revoked, t.OnlineSince = fromMicros(created), fromMicros(revoked), fromMicros(since)
	t.Seen, t.CertExpires = fromMicros(seen), fromMicros(expires)
	if message != nil {
		t.Locked, t.LockMessage = true, *message
	}
	if over := t.Seen.Add(silence); t.Online && s.now().After(over) {
		t.Online, t.OnlineSince = false, over
	}
	if pulse != nil {
		var p wire.Pulse
		if err := proto.Unmarshal(pulse, &p); err != nil {
			return device.Tablet{}, fmt.Errorf("health of %s: %w", t.ID, err)
		}
		t.Health = health(&p, t.Seen)
	}
	return t, nil
}

func health(p *wire.Pulse, at time.Time) device.Health {
	return device.Health{
		At: at, Version: p.GetVersion(), Waiting: int(p.GetWaiting()), OldestWait: time.Duration(p.GetOldestWaitUs()) * time.Microsecond,
		Reader: device.ReaderState(p.GetReader()), ReaderDetail: p.GetReaderDetail(), DiskFree: p.GetDiskFree(),
		ClockOffset: time.Duration(p.GetClockOffsetUs()) * time.Microsecond, Trust: attendance.Trust(p.GetTrust()).String(),
		FeedVersion: p.GetFeedVersion(), Profiles: int(p.GetProfiles()), Locked: p.GetLocked(), Started: fromMicros(p.GetStartedUs()),
	}
}

// Tablets returns the tablets within the actor's reach, revoked ones too, by
// site and name.
func (s *Store) Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	cond, args := at(actor, "d.org", "d.site")
	rows, err := s.read.QueryContext(ctx, tabletQuery+cond+` ORDER BY d.revoked_at > 0, s.name, d.name, d.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("tablets: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var tablets []device.Tablet
	for rows.Next() {
		t, err := s.scanTablet(rows)
		if err != nil {
			return nil, fmt.Errorf("tablets: %w", err)
		}
		tablets = append(tablets, t)
	}
	return tablets, rows.Err()
}

// Tablet returns one tablet within the actor's reach.
func (s *Store) Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return device.Tablet{}, err
	}
	cond, args := at(actor, "d.org", "d.site")
	t, err := s.scanTablet(s.read.QueryRowContext(ctx, tabletQuery+cond+` AND d.id = ?`, append(args, id)...))
	if err != nil {
		return t, fmt.Errorf("tablet: %w", err)
	}
	return t, nil
}

// RenameTablet gives a tablet another name.
func (s *Store) RenameTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error {
	if err := validName(&name); err != nil {
		return err
	}
	return s.changeTablet(ctx, actor, id, "tablet.rename", func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE devices SET name = ? WHERE id = ?`, name, id)
		return err
	})
}

// RevokeTablet shuts a tablet out for good: no certificate of it is admitted or
// renewed any more, and the commands that wait for it are dropped.
func (s *Store) RevokeTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) error {
	return s.changeTablet(ctx, actor, id, "tablet.revoke", func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE devices SET revoked_at = ?, online_since = CASE online WHEN 1 THEN ? ELSE online_since END, online = 0
			WHERE id = ? AND revoked_at = 0`, micros(t.now), micros(t.now), id)
		if err != nil {
			return err
		}
		return t.dropCommands(ctx, id, "the tablet was revoked")
	})
}

// changeTablet runs f for a tablet that the actor may manage.
func (s *Store) changeTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, action string, f func(*tx) error) error {
	if err := actor.Require(access.ManageDevices); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		if _, err := t.managed(ctx, actor, id); err != nil {
			return err
		}
		if err := f(t); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return t.audit(ctx, actor, action, string(id))
	})
}

// managed tells whether a tablet within the actor's reach is revoked.
func (t *tx) managed(ctx context.Context, actor access.Actor, id attendance.DeviceID) (revoked bool, err error) {
	cond, args := at(actor, "org", "site")
	err = t.QueryRowContext(ctx, `SELECT revoked_at > 0 FROM devices WHERE `+cond+` AND id = ?`, append(args, id)...).Scan(&revoked)
	if err != nil {
		return false, fmt.Errorf("tablet: %w", known(err))
	}
	return revoked, nil
}

var errRevoked = errors.New("the tablet is revoked")
