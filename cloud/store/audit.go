package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"muster/access"
	"muster/attendance"
)

// audit notes that the actor did something, in the transaction that does it. Where
// the subject names somebody of the organisation, first or behind a slash, the
// note is found by them.
func (t *tx) audit(ctx context.Context, actor access.Actor, action, subject string) error {
	o := actor.Origin
	before, after, _ := strings.Cut(subject, "/")
	_, err := t.ExecContext(ctx, `INSERT INTO audit (org, user_id, action, subject, at, via, address, token, person)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, COALESCE((SELECT id FROM profiles WHERE org = ?1 AND id = ?9), (SELECT id FROM profiles WHERE org = ?1 AND id = ?10), ''))`,
		actor.Org, actor.User, action, subject, micros(t.now), o.Via, o.Address, o.Token, before, after)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}

// Record notes what changes nothing here and yet is somebody's doing: a list taken away as
// a file, a message sent to try a text. subject says which, such as "employees.csv".
func (s *Store) Record(ctx context.Context, actor access.Actor, action, subject string) error {
	if err := actor.Require(access.ReadRoster); err != nil {
		if actor.Require(access.ReadAudit) != nil {
			return err
		}
	}
	return s.change(ctx, func(t *tx) error { return t.audit(ctx, actor, action, subject) })
}

// AuditLog returns a page of who did what in the organisation, the newest first.
func (s *Store) AuditLog(ctx context.Context, actor access.Actor, query access.AuditQuery) (access.AuditPage, error) {
	var page access.AuditPage
	if err := actor.Require(access.ReadAudit); err != nil {
		return page, err
	}
	limit, err := pageSize(query.Limit, 1000)
	if err != nil {
		return page, err
	}
	w := inOrg("a.org", actor)
	if query.User != "" {
		w.and("a.user_id = ?", query.User)
	}
	if query.Action != "" {
		w.and("a.action = ?", query.Action)
	}
	if query.Person != "" {
		w.and("a.person = ? AND a.person != ''", query.Person)
	}
	if !query.From.IsZero() {
		w.and("a.at >= ?", micros(query.From))
	}
	if !query.To.IsZero() {
		w.and("a.at < ?", micros(query.To))
	}
	if query.Before != "" {
		c, err := parseCursor("before", query.Before)
		if err != nil {
			return page, err
		}
		id, err := strconv.ParseInt(c.ID, 10, 64)
		if err != nil {
			return page, access.Invalid{Field: "before", Problem: access.Malformed}
		}
		w.and("(a.at, a.id) < (?, ?)", c.At, id)
	}
	page.Entries, err = collect(ctx, s.read, scanAudit, `SELECT a.id, a.at, a.user_id, COALESCE(u.name, ''), a.via, a.address, a.token, a.action, a.subject, a.person,
			COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.number, '')
		FROM audit a LEFT JOIN users u ON u.id = a.user_id AND u.org = a.org LEFT JOIN profiles p ON p.id = a.person AND p.org = a.org`+
		w.sql+` ORDER BY a.at DESC, a.id DESC LIMIT ?`, append(w.args, limit+1)...)
	if err != nil {
		return access.AuditPage{}, fmt.Errorf("read the audit log: %w", err)
	}
	if len(page.Entries) > limit {
		page.Entries = page.Entries[:limit]
		last := page.Entries[limit-1]
		page.Next = cursor{At: micros(last.At), ID: strconv.FormatInt(last.ID, 10)}.String()
	}
	return page, nil
}

func scanAudit(r *sql.Rows, e *access.AuditEntry) error {
	var at int64
	var p attendance.Profile
	err := r.Scan(&e.ID, &at, &e.User, &e.UserName, &e.Via, &e.Address, &e.Token, &e.Action, &e.Subject, &e.Person, &p.FirstName, &p.LastName, &e.PersonNumber)
	e.At, e.PersonName = fromMicros(at), p.Name()
	return err
}

// AuditActions returns what has ever been done in the organisation, by name, for a
// filter.
func (s *Store) AuditActions(ctx context.Context, actor access.Actor) ([]string, error) {
	if err := actor.Require(access.ReadAudit); err != nil {
		return nil, err
	}
	w := inOrg("org", actor)
	actions, err := collect(ctx, s.read, scanOne[string], `SELECT DISTINCT action FROM audit`+w.sql+` ORDER BY action`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log's actions: %w", err)
	}
	return actions, nil
}
