package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// alarming are the reasons for quarantine that say that something is wrong with a
// tablet's journal as a whole: most often that somebody goes on from a copy of it.
var alarming = []string{string(device.AlarmClone), string(device.AlarmChain), string(device.AlarmBackwards), string(device.AlarmTwins), string(device.AlarmLost), string(device.AlarmSalvaged)}

// Alarm notes that something is wrong with a tablet that no row of it tells. The
// same again on the same day changes nothing. detail is English, without what is
// secret.
func (s *Store) Alarm(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID, kind device.AlarmKind, detail string) error {
	return s.changeLocked(ctx, func(t *tx) error {
		all, err := t.couriers(ctx, []device.Delivery{{Org: org, Device: dev, Received: t.now}})
		if err != nil {
			return err
		}
		c := all[0]
		if c.site == "" {
			return fmt.Errorf("alarm about %s: %w", dev, access.ErrNotFound)
		}
		body := t.now.UTC().Format("2006-01-02 ") + detail
		if err := c.quarantine(ctx, device.Broken{Reason: string(kind), Body: []byte(body)}); err != nil {
			return err
		}
		if len(c.out.News) > 0 {
			t.tell(org, append(c.out.News, device.News{Topic: "device", ID: string(dev)})...)
		}
		return nil
	})
}

// alarms returns what is open about tablets within the actor's reach.
func alarms(ctx context.Context, q querier, actor access.Actor, only attendance.DeviceID) (map[attendance.DeviceID][]device.Alarm, error) {
	w := inOrg("q.org", actor).and("q.resolved_at = 0 AND q.reason IN (SELECT value FROM json_each(?))", list(alarming)).atSite("d.site", actor)
	if only != "" {
		w.and("q.device = ?", only)
	}
	found := map[attendance.DeviceID][]device.Alarm{}
	_, err := collect(ctx, q, func(r *sql.Rows, a *device.Alarm) error {
		var dev attendance.DeviceID
		var last int64
		if err := r.Scan(&dev, &a.Kind, &a.Count, &last); err != nil {
			return err
		}
		a.Last = fromMicros(last)
		found[dev] = append(found[dev], *a)
		return nil
	}, `SELECT q.device, q.reason, count(*), max(q.received_at) FROM quarantine q JOIN devices d ON d.id = q.device AND d.org = q.org`+
		w.sql+` GROUP BY q.device, q.reason ORDER BY q.device, q.reason`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("alarms: %w", err)
	}
	return found, nil
}
