package store

import (
	"context"
	"strconv"

	"muster/access"
	"muster/attendance"
)

// QuarantinePage is Quarantined a page at a time, and returns the cursor for the
// page after; empty on the last.
func (s *Store) QuarantinePage(ctx context.Context, actor access.Actor, before string, limit int) (all []attendance.Quarantined, next string, err error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, "", err
	}
	if limit, err = pageSize(limit, maxQuarantined); err != nil {
		return nil, "", err
	}
	w := inOrg("q.org", actor).and("q.resolved_at = 0")
	if before != "" {
		c, err := parseCursor("before", before)
		if err != nil {
			return nil, "", err
		}
		id, err := strconv.ParseInt(c.ID, 10, 64)
		if err != nil {
			return nil, "", access.Invalid{Field: "before", Problem: access.Malformed}
		}
		w.and("(q.received_at, q.id) < (?, ?)", c.At, id)
	}
	err = s.view(ctx, func(q querier) error {
		found, err := findQuarantined(ctx, q, actor, w, limit+1)
		for _, f := range found {
			all = append(all, f.Quarantined)
		}
		return err
	})
	all, next = page(all, limit, func(q attendance.Quarantined) cursor {
		return cursor{At: micros(q.Received), ID: strconv.FormatInt(q.ID, 10)}
	})
	return all, next, err
}
