package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// maxQuarantined is how many rows a list of the quarantine shows.
const maxQuarantined = 500

// Quarantined returns the newest rows that could not be made sense of and that
// nobody has dealt with. Those of a tablet that is not there any more are for
// somebody who is confined to no site.
func (s *Store) Quarantined(ctx context.Context, actor access.Actor) (all []attendance.Quarantined, err error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(q querier) error {
		found, err := findQuarantined(ctx, q, actor, inOrg("q.org", actor).and("q.resolved_at = 0"), maxQuarantined)
		for _, f := range found {
			all = append(all, f.Quarantined)
		}
		return err
	})
	return all, err
}

// QuarantinedRow returns one thing in quarantine, also when it has been dealt with.
func (s *Store) QuarantinedRow(ctx context.Context, actor access.Actor, id int64) (v attendance.Quarantined, err error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return v, err
	}
	err = s.view(ctx, func(q querier) error {
		f, err := oneQuarantined(ctx, q, actor, id)
		v = f.Quarantined
		return err
	})
	return v, err
}

// quarantined is an entry with the row that it is about.
type quarantined struct {
	attendance.Quarantined
	row  device.Row
	body []byte
	raw  storedRow // the row in the raw log, where that is what it is about
}

func oneQuarantined(ctx context.Context, q querier, actor access.Actor, id int64) (quarantined, error) {
	found, err := findQuarantined(ctx, q, actor, inOrg("q.org", actor).and("q.id = ?", id), 1)
	if err != nil {
		return quarantined{}, err
	}
	if len(found) == 0 {
		return quarantined{}, access.ErrNotFound
	}
	return found[0], nil
}

// findQuarantined reads entries at the sites within the actor's reach, newest
// first, with everything that is known about them.
func findQuarantined(ctx context.Context, q querier, actor access.Actor, w *where, limit int) ([]quarantined, error) {
	w.atSite("d.site", actor)
	all, err := collect(ctx, q, func(r *sql.Rows, v *quarantined) error {
		var received, resolved int64
		var stream []byte
		err := r.Scan(&v.ID, &v.Device, &v.DeviceName, &v.Site, &v.SiteName, &v.TimeZone, &v.Reason, &received, &stream, &v.Seq, &v.body,
			&v.Resolution, &resolved, &v.ResolvedBy, &v.Profile, &v.Whose, &v.Note)
		v.Received, v.Resolved = fromMicros(received), fromMicros(resolved)
		if id, err := uuid.FromBytes(stream); err == nil {
			v.Stream = id.String()
		}
		return err
	}, `SELECT q.id, q.device, coalesce(d.name, ''), coalesce(d.site, ''), coalesce(s.name, ''), coalesce(s.time_zone, ''), q.reason, q.received_at,
		q.stream, coalesce(q.seq, 0), q.body, q.resolution, q.resolved_at, coalesce(u.name, ''), q.profile, coalesce(trim(p.first_name || ' ' || p.last_name), ''), q.note
		FROM quarantine q LEFT JOIN devices d ON d.id = q.device AND d.org = q.org LEFT JOIN sites s ON s.id = d.site AND s.org = q.org
		LEFT JOIN users u ON u.id = q.resolved_by AND u.org = q.org LEFT JOIN profiles p ON p.id = q.profile AND p.org = q.org`+
		w.sql+` ORDER BY q.received_at DESC, q.id DESC LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the quarantine: %w", err)
	}
	if err := addRows(ctx, q, all); err != nil {
		return nil, err
	}
	return all, addNames(ctx, q, actor, all)
}

// addRows finds the row that each entry is about, and what can be done with it.
func addRows(ctx context.Context, q querier, all []quarantined) error {
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	kept, err := keptRows(ctx, q, ids)
	if err != nil {
		return err
	}
	for i := range all {
		v := &all[i]
		whole := false
		if raw, ok := kept[v.ID]; ok {
			if v.row, err = raw.row(); err != nil {
				return fmt.Errorf("row %s/%d of %s: %w", v.Stream, v.Seq, v.Device, err)
			}
			v.raw, v.Repeatable, whole = raw, true, true
		} else if v.body != nil {
			v.row, whole = bodyRow(v.body)
		}
		v.Kind = string(v.row.Kind)
		if v.row.Kind != device.KindPunch {
			continue
		}
		p, why := readPunch(v.row, attendance.Stamp{Clock: v.row.Clock, Received: v.Received}.Own())
		v.Punch = p
		v.Punch.Device = v.Device
		v.Assignable = whole && why == "" && v.DeviceName != "" && v.Resolution == ""
	}
	return nil
}

// bodyRow reads a row as it was sent. whole is false for one that is not what was
// hashed on the tablet: it can be looked at and no more.
func bodyRow(body []byte) (r device.Row, whole bool) {
	var m wire.JournalRow
	if proto.Unmarshal(body, &m) != nil {
		return device.Row{}, false
	}
	r, err := wire.ToRow(&m)
	if err != nil && r.Seq == 0 {
		return device.Row{}, false
	}
	return r, err == nil
}

// addNames says who the punches in quarantine may be about, as far as the actor
// may know these people.
func addNames(ctx context.Context, q querier, actor access.Actor, all []quarantined) error {
	var people, cards []string
	for _, v := range all {
		if v.Kind == string(device.KindPunch) {
			people, cards = append(people, string(v.Punch.Profile)), append(cards, string(v.Punch.Card))
		}
	}
	if len(people) == 0 {
		return nil
	}
	w := inOrg("c.org", actor).and("c.card IN (SELECT value FROM json_each(?))", list(cards)).reachable("c.profile", actor)
	held, err := collect(ctx, q, func(r *sql.Rows, c *attendance.Card) error {
		var from, to int64
		err := r.Scan(&c.ID, &c.Profile, &from, &to)
		c.From, c.To = fromMicros(from), fromMicros(to)
		return err
	}, `SELECT c.card, c.profile, c.from_at, c.to_at FROM cards c`+w.sql+` ORDER BY c.from_at DESC, c.profile`, w.args...)
	if err != nil {
		return fmt.Errorf("holders of cards: %w", err)
	}
	w = inOrg("p.org", actor).and("p.id IN (SELECT value FROM json_each(?))", list(people)).reachable("p.id", actor)
	type named struct {
		id   attendance.ProfileID
		name string
	}
	known, err := collect(ctx, q, func(r *sql.Rows, n *named) error { return r.Scan(&n.id, &n.name) },
		`SELECT p.id, trim(p.first_name || ' ' || p.last_name) FROM profiles p`+w.sql, w.args...)
	if err != nil {
		return fmt.Errorf("names: %w", err)
	}
	for i := range all {
		v := &all[i]
		if at := slices.IndexFunc(known, func(n named) bool { return n.id == v.Punch.Profile }); at >= 0 {
			v.Name = known[at].name
		}
		for _, c := range held {
			if v.Punch.Card == "" || c.ID != v.Punch.Card {
				continue
			}
			if !slices.Contains(v.Holders, c.Profile) {
				v.Holders = append(v.Holders, c.Profile)
			}
			if v.Likely == "" && v.Reason != uncertainHolder && c.Holds(v.Punch.At) {
				v.Likely = c.Profile
			}
		}
	}
	return nil
}

// numbers puts numbers into the one argument that json_each takes.
func numbers(values []int64) string {
	if len(values) == 0 {
		return "[]"
	}
	b, err := json.Marshal(values)
	if err != nil {
		return "[]" // numbers always marshal
	}
	return string(b)
}
