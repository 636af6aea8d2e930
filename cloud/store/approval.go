package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// waits has those told who look at what waits, when a punch has come that does.
func (c *courier) waits(p attendance.Punch) {
	if p.Approval == attendance.ApprovalWaiting {
		c.news("approval", "")
	}
}

// punchClause is logClause for punches, which may be asked for by how they stand.
func punchClause(actor access.Actor, query attendance.LogQuery) (*where, error) {
	w, err := logClause(actor, query)
	if err != nil || query.Approval == attendance.ApprovalNone {
		return w, err
	}
	if _, ok := attendance.ParseApproval(string(query.Approval)); !ok {
		return nil, access.Invalid{Field: "approval", Problem: access.Unknown}
	}
	w.and("l.approval != '' AND l.approval = ?", string(query.Approval)) // in the words of the index
	if query.Through != "" {
		w.and(`COALESCE((SELECT n FROM punch_arrivals WHERE punch = l.id), 0) <= (SELECT n FROM punch_arrivals WHERE punch = ?)`, query.Through)
	}
	return w, nil
}

// LatestPunch returns which of the punches that a query asks for came to the cloud last,
// whatever its clock said; empty: there are none. Before and Limit don't count, and only
// those count that somebody has to approve. On PostgreSQL another that came earlier may be
// seen a moment later.
func (s *Store) LatestPunch(ctx context.Context, actor access.Actor, query attendance.LogQuery) (attendance.PunchID, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return "", err
	}
	query.Before = ""
	w, err := punchClause(actor, query)
	if err != nil {
		return "", err
	}
	latest, err := collect(ctx, s.read, scanOne[attendance.PunchID],
		`SELECT l.id FROM punches l JOIN punch_arrivals a ON a.punch = l.id`+w.sql+` ORDER BY +a.n DESC LIMIT 1`, w.args...) // +: no walk through all that ever came
	if err != nil {
		return "", fmt.Errorf("latest punch: %w", err)
	}
	if len(latest) == 0 {
		return "", nil
	}
	return latest[0], nil
}

// CountPunches tells how many punches a query asks for; Before and Limit don't count.
func (s *Store) CountPunches(ctx context.Context, actor access.Actor, query attendance.LogQuery) (int, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return 0, err
	}
	query.Before = ""
	w, err := punchClause(actor, query)
	if err != nil {
		return 0, err
	}
	return countPunches(ctx, s.read, w)
}

func countPunches(ctx context.Context, q querier, w *where) (int, error) {
	n, err := collect(ctx, q, scanOne[int], `SELECT count(*) FROM punches l`+w.sql, w.args...)
	if err != nil {
		return 0, fmt.Errorf("count punches: %w", err)
	}
	return n[0], nil // there is always one row
}

// DecidePunches says of punches taken without a line whether they count, or takes
// that back for the other verdict. It touches those within the actor's reach that
// stand as the decision says, and of two who decide at once the first one's counts.
// What tablets told stays as it is: a decision is about the punch of that id, and
// stays with it whatever is reckoned or sent anew. More than d.Most are ErrConflict: what a
// tablet sent before somebody looked may be stored after.
func (s *Store) DecidePunches(ctx context.Context, actor access.Actor, d attendance.Decision) (attendance.Decided, error) {
	var out attendance.Decided
	if err := actor.Require(access.ManageRoster); err != nil {
		return out, err
	}
	w, named, err := decisionClause(actor, d)
	if err != nil {
		return out, err
	}
	action := "approve-punch"
	if d.Verdict == attendance.Rejected {
		action = "reject-punch"
	}
	// The rows that change are locked as they are found to stand so.
	err = s.changeLocked(ctx, func(t *tx) error {
		if err := t.arrived(ctx, actor, d.Filter.Through); err != nil {
			return err
		}
		changed, err := collect(ctx, t, scanOne[attendance.PunchID],
			`UPDATE punches AS l SET approval = ?, approval_by = ?, approval_at = ?`+w.sql+` RETURNING id`,
			append([]any{string(d.Verdict), actor.User, micros(t.now)}, w.args...)...)
		if err != nil {
			return fmt.Errorf("decide about punches: %w", err)
		}
		if d.All && d.Most > 0 && len(changed) > d.Most {
			return fmt.Errorf("%d punches in place of %d: %w", len(changed), d.Most, access.ErrConflict)
		}
		out = attendance.Decided{Changed: len(changed), Left: max(0, named-len(changed))}
		if len(changed) == 0 {
			return nil
		}
		if err := t.auditPunches(ctx, actor, action, changed); err != nil {
			return err
		}
		news := make([]device.News, 0, len(changed)+1)
		for _, id := range changed {
			news = append(news, device.News{Topic: "punch", ID: string(id)})
		}
		t.tell(actor.Org, append(news, device.News{Topic: "approval"})...)
		return nil
	})
	return out, err
}

// arrived refuses a punch that never was one to approve: nothing came before it.
func (t *tx) arrived(ctx context.Context, actor access.Actor, id attendance.PunchID) error {
	if id == "" {
		return nil
	}
	var there bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM punch_arrivals a JOIN punches l ON l.id = a.punch WHERE a.punch = ? AND l.org = ?)`, id, actor.Org).Scan(&there)
	if err != nil {
		return fmt.Errorf("look whether a punch came: %w", err)
	}
	if !there {
		return access.Invalid{Field: "through", Problem: access.Unknown}
	}
	return nil
}

// decisionClause is the WHERE clause of what a decision is about, and how many
// punches it names.
func decisionClause(actor access.Actor, d attendance.Decision) (w *where, named int, err error) {
	if d.Was == attendance.ApprovalNone {
		d.Was = attendance.ApprovalWaiting
	}
	_, known := attendance.ParseApproval(string(d.Was))
	switch {
	case d.Verdict != attendance.Approved && d.Verdict != attendance.Rejected:
		return nil, 0, access.Invalid{Field: "verdict", Problem: access.Unknown}
	case !known || d.Was == d.Verdict:
		return nil, 0, access.Invalid{Field: "was", Problem: access.Unknown}
	case d.All && len(d.IDs) > 0:
		return nil, 0, access.Invalid{Field: "ids", Problem: access.Malformed}
	case !d.All && len(d.IDs) == 0:
		return nil, 0, access.Invalid{Field: "ids", Problem: access.Required}
	}
	query := attendance.LogQuery{Approval: d.Was}
	if d.All {
		query.Site, query.Profile, query.From, query.To, query.Through = d.Filter.Site, d.Filter.Profile, d.Filter.From, d.Filter.To, d.Filter.Through
	}
	if w, err = punchClause(actor, query); err != nil {
		return nil, 0, err
	}
	if !d.All {
		ids := punchIDs(d.IDs)
		return w.and("l.id IN (SELECT value FROM json_each(?))", list(ids)), len(ids), nil
	}
	if except := punchIDs(d.Except); len(except) > 0 {
		w.and("l.id NOT IN (SELECT value FROM json_each(?))", list(except))
	}
	if !d.Received.IsZero() {
		w.and("l.received_at <= ?", micros(d.Received))
	}
	return w, 0, nil
}

// punchIDs returns each id once, so that they can be counted; what can be no id is as
// good as one that isn't there.
func punchIDs(given []attendance.PunchID) []attendance.PunchID {
	seen := make(map[attendance.PunchID]bool, len(given))
	ids := make([]attendance.PunchID, 0, len(given))
	for _, id := range given {
		if seen[id] {
			continue
		}
		seen[id] = true
		if _, err := attendance.ParseID[attendance.PunchID](string(id)); err != nil {
			id = "" // of no punch
		}
		ids = append(ids, id)
	}
	return ids
}

// auditPunches notes what was done to each of some punches, so that it is found by
// their person.
func (t *tx) auditPunches(ctx context.Context, actor access.Actor, action string, ids []attendance.PunchID) error {
	o := actor.Origin
	_, err := t.ExecContext(ctx, `INSERT INTO audit (org, user_id, action, subject, at, via, address, token, person)
		SELECT l.org, CAST(? AS TEXT), CAST(? AS TEXT), l.profile || '/' || l.id, CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), coalesce(p.id, '')
		FROM punches l LEFT JOIN profiles p ON p.id = l.profile AND p.org = l.org
		WHERE l.org = ? AND l.id IN (SELECT value FROM json_each(?)) ORDER BY l.at, l.id`,
		string(actor.User), action, micros(t.now), string(o.Via), o.Address, o.Token, actor.Org, list(ids))
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}
