package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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

const tabletQuery = `SELECT d.id, d.site, s.name, d.name, d.hardware, d.created_at, d.revoked_at, d.lock_message,
	d.online, d.online_since, d.seen_at, d.pulse, s.feed_epoch, s.feed_head,
	COALESCE((SELECT MAX(c.not_after) FROM certificates c WHERE c.device = d.id), 0)
	FROM devices d JOIN sites s ON s.id = d.site`

func (s *Store) scanTablet(row interface{ Scan(...any) error }) (device.Tablet, error) {
	var t device.Tablet
	var created, revoked, since, seen, expires int64
	var message *string
	var pulse []byte
	var epoch string
	var head uint64
	err := row.Scan(&t.ID, &t.Site, &t.SiteName, &t.Name, &t.Hardware, &created, &revoked, &message,
		&t.Online, &since, &seen, &pulse, &epoch, &head, &expires)
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
		t.Roster = standing(t.Health, epoch, head)
	}
	return t, nil
}

func health(p *wire.Pulse, at time.Time) device.Health {
	return device.Health{
		At: at, Version: p.GetVersion(), Waiting: int(p.GetWaiting()), OldestWait: time.Duration(p.GetOldestWaitUs()) * time.Microsecond,
		Reader: device.ReaderState(p.GetReader()), ReaderDetail: p.GetReaderDetail(), DiskFree: p.GetDiskFree(),
		ClockOffset: time.Duration(p.GetClockOffsetUs()) * time.Microsecond, Trust: attendance.Trust(p.GetTrust()).String(),
		FeedVersion: p.GetFeedVersion(), FeedEpoch: p.GetFeedEpoch(), FeedPeople: max(p.GetFeedPeople(), p.GetFeedVersion()),
		FeedCurrent: fromMicros(p.GetFeedCurrentUs()), FeedSkipped: int(p.GetFeedSkipped()), FeedProblem: p.GetFeedProblem(), Reading: int(p.GetReading()), Profiles: int(p.GetProfiles()), Locked: p.GetLocked(), Started: fromMicros(p.GetStartedUs()),
	}
}

// standing compares what a tablet has told with where its site's feed is.
func standing(h device.Health, epoch string, head uint64) device.Freshness {
	switch {
	case h.FeedEpoch == "" && h.FeedPeople == 0:
		return device.Freshness{Known: true, Whole: true, Behind: head}
	case h.FeedEpoch != "" && h.FeedEpoch != epoch, h.FeedPeople > head:
		return device.Freshness{Known: true, Whole: true, Behind: head, Since: h.FeedCurrent}
	}
	s := device.Freshness{Known: true, Behind: head - h.FeedPeople}
	if s.Behind > 0 {
		s.Since = h.FeedCurrent
	}
	return s
}

// Tablets returns the tablets within the actor's reach, revoked ones too, by
// site and name.
func (s *Store) Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	w := inOrg("d.org", actor).atSite("d.site", actor)
	raised, err := alarms(ctx, s.read, actor, "")
	if err != nil {
		return nil, err
	}
	tablets, err := collect(ctx, s.read, func(r *sql.Rows, t *device.Tablet) (err error) {
		*t, err = s.scanTablet(r)
		t.Alarms = raised[t.ID]
		return err
	}, tabletQuery+w.sql+` ORDER BY d.revoked_at > 0, s.name, d.name, d.id`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("tablets: %w", err)
	}
	return tablets, nil
}

// Tablet returns one tablet within the actor's reach.
func (s *Store) Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return device.Tablet{}, err
	}
	w := inOrg("d.org", actor).atSite("d.site", actor).and("d.id = ?", id)
	t, err := s.scanTablet(s.read.QueryRowContext(ctx, tabletQuery+w.sql, w.args...))
	if err != nil {
		return t, fmt.Errorf("tablet: %w", err)
	}
	raised, err := alarms(ctx, s.read, actor, id)
	if t.Alarms = raised[id]; err != nil {
		return t, err
	}
	if slices.ContainsFunc(t.Alarms, func(a device.Alarm) bool { return a.Kind == device.AlarmSalvaged || a.Kind == device.AlarmLost }) {
		t.Losses, err = losses(ctx, s.read, id)
	}
	return t, err
}

// RenameTablet gives a tablet another name.
func (s *Store) RenameTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error {
	if err := require("name", &name, maxName); err != nil {
		return err
	}
	return s.changeTablet(ctx, actor, id, "rename-tablet", func(t *tx) error {
		var site attendance.SiteID
		if err := t.QueryRowContext(ctx, `UPDATE devices SET name = ? WHERE id = ? RETURNING site`, name, id).Scan(&site); err != nil {
			return known(err)
		}
		return t.feedSettings(ctx, site) // the tablet shows its name
	})
}

// RevokeTablet shuts a tablet out for good: no certificate of it is admitted or
// renewed any more, and the commands that wait for it are dropped.
func (s *Store) RevokeTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) error {
	return s.changeTablet(ctx, actor, id, "revoke-tablet", func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE devices SET revoked_at = ?, online_since = CASE WHEN online THEN ? ELSE online_since END, online = FALSE
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
	w := inOrg("org", actor).atSite("site", actor).and("id = ?", id)
	err = t.QueryRowContext(ctx, `SELECT revoked_at > 0 FROM devices`+w.sql, w.args...).Scan(&revoked)
	if err != nil {
		return false, fmt.Errorf("tablet: %w", known(err))
	}
	return revoked, nil
}

var errRevoked = errors.New("the tablet is revoked")
