package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// maxQuarantined is how many rows a list of the quarantine shows.
const maxQuarantined = 500

// Quarantined returns the newest rows that could not be made sense of and that
// nobody has dealt with. Those of a tablet that is not there any more are for
// somebody who is confined to no site.
func (s *Store) Quarantined(ctx context.Context, actor access.Actor) ([]attendance.Quarantined, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	w := inOrg("q.org", actor).and("q.resolved_at = 0").atSite("d.site", actor)
	rows, err := collect(ctx, s.read, func(r *sql.Rows, v *attendance.Quarantined) error {
		var received int64
		err := r.Scan(&v.ID, &v.Device, &v.DeviceName, &v.Reason, &received)
		v.Received = fromMicros(received)
		return err
	}, `SELECT q.id, q.device, coalesce(d.name, ''), q.reason, q.received_at
		FROM quarantine q LEFT JOIN devices d ON d.id = q.device AND d.org = q.org`+
		w.sql+` ORDER BY q.received_at DESC, q.id DESC LIMIT ?`, append(w.args, maxQuarantined)...)
	if err != nil {
		return nil, fmt.Errorf("read the quarantine: %w", err)
	}
	return rows, nil
}
