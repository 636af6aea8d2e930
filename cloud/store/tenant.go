package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// What whoever runs the cloud may ask. Each looks again whether who asks is one of
// them, and none returns anything about a person of an organisation.

// require refuses whoever doesn't run the cloud (any more).
func requireOperator(ctx context.Context, q querier, op access.Operator) error {
	var there bool
	if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM operators WHERE id = ? AND password_at != 0)`, op.ID).Scan(&there); err != nil {
		return fmt.Errorf("look up an operator: %w", err)
	}
	if !there {
		return access.ErrForbidden
	}
	return nil
}

// clerk is the actor as whom an operator is noted in an organisation's audit log.
func clerk(op access.Operator, org attendance.OrgID) access.Actor {
	return access.Actor{User: access.UserID(op.ID), Org: org, Origin: access.Origin{Via: access.ViaOperator, Address: op.Origin.Address}}
}

// Tenants returns a page of the organisations of the cloud.
func (s *Store) Tenants(ctx context.Context, op access.Operator, query invite.TenantQuery) (invite.TenantPage, error) {
	var page invite.TenantPage
	limit, err := pageSize(query.Limit, 200)
	if err != nil {
		return page, err
	}
	if err := clean("text", &query.Text, 2*maxName); err != nil {
		return page, err
	}
	var after cursor
	if query.After != "" {
		if after, err = parseCursor("after", query.After); err != nil {
			return page, err
		}
	}
	err = s.view(ctx, func(q querier) error {
		if err := requireOperator(ctx, q, op); err != nil {
			return err
		}
		names, err := tenantNames(ctx, q, query.Text)
		if err != nil {
			return err
		}
		page.Total = len(names)
		from := 0
		if after.ID != "" {
			from, _ = slices.BinarySearchFunc(names, after, func(n tenantName, c cursor) int {
				if d := n.compare(tenantName{sort: c.Sort, id: attendance.OrgID(c.ID)}); d != 0 {
					return d
				}
				return -1 // behind it
			})
		}
		names = names[from:]
		if len(names) > limit {
			names = names[:limit]
			last := names[limit-1]
			page.Next = cursor{Sort: last.sort, ID: string(last.id)}.String()
		}
		ids := make([]attendance.OrgID, len(names))
		for i, n := range names {
			ids[i] = n.id
		}
		page.Tenants, err = findTenants(ctx, q, ids)
		return err
	})
	if err != nil {
		return invite.TenantPage{}, err
	}
	return page, nil
}

// tenantName is an organisation in the order of names.
type tenantName struct {
	sort []byte
	id   attendance.OrgID
}

func (n tenantName) compare(o tenantName) int {
	if d := bytes.Compare(n.sort, o.sort); d != 0 {
		return d
	}
	return strings.Compare(string(n.id), string(o.id))
}

// tenantNames reads all names and picks those that match, in order: there are
// thousands of organisations, not millions, and so it is by the rules of every
// alphabet.
func tenantNames(ctx context.Context, q querier, text string) ([]tenantName, error) {
	words := strings.Fields(fold(text))
	type row struct {
		id   attendance.OrgID
		name string
	}
	rows, err := collect(ctx, q, func(r *sql.Rows, o *row) error { return r.Scan(&o.id, &o.name) }, `SELECT id, name FROM orgs`)
	if err != nil {
		return nil, fmt.Errorf("read organisations: %w", err)
	}
	var names []tenantName
	for _, r := range rows {
		name := fold(r.name)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			names = append(names, tenantName{sortKey(attendance.Profile{LastName: r.name}), r.id})
		}
	}
	slices.SortFunc(names, tenantName.compare)
	return names, nil
}

// findTenants reads what an operator sees of organisations, in the order of ids.
func findTenants(ctx context.Context, q querier, ids []attendance.OrgID) ([]invite.Tenant, error) {
	found, err := collect(ctx, q, func(r *sql.Rows, l *invite.Tenant) error {
		var created, expires, seen, setBack int64
		err := r.Scan(&l.ID, &l.Name, &created, &l.Given, &l.Licence.Type, &l.Licence.Seats, &expires, &l.Taken, &l.Tablets, &seen, &setBack)
		l.Created, l.Licence.Expires, l.Seen = fromMicros(created), fromMicros(expires), fromMicros(seen)
		l.SetBack = fromMicros(setBack)
		return err
	}, `SELECT o.id, o.name, o.created_at, l.org IS NOT NULL, COALESCE(l.kind, ?), COALESCE(l.seats, 0), COALESCE(l.expires_at, 0),
		(SELECT count(*) FROM profiles p WHERE p.org = o.id AND p.membership IN ('accepted', 'invited') AND p.removed_at = 0),
		(SELECT count(*) FROM devices d WHERE d.org = o.id AND d.revoked_at = 0),
		(SELECT COALESCE(max(d.seen_at), 0) FROM devices d WHERE d.org = o.id), o.set_back_at
		FROM orgs o LEFT JOIN licences l ON l.org = o.id WHERE o.id IN (SELECT value FROM json_each(?))`, unlimited.Type, list(ids))
	if err != nil {
		return nil, fmt.Errorf("read organisations: %w", err)
	}
	at := make(map[attendance.OrgID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(found, func(a, b invite.Tenant) int { return at[a.ID] - at[b.ID] })
	return found, nil
}

// Tenant returns one organisation.
func (s *Store) Tenant(ctx context.Context, op access.Operator, org attendance.OrgID) (invite.Tenant, error) {
	var one invite.Tenant
	err := s.view(ctx, func(q querier) error {
		if err := requireOperator(ctx, q, op); err != nil {
			return err
		}
		found, err := findTenants(ctx, q, []attendance.OrgID{org})
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return access.ErrNotFound
		}
		one = found[0]
		return nil
	})
	return one, err
}

// TenantLog returns what operators did to an organisation, the newest first. The
// organisation's admins see the same in their own log.
func (s *Store) TenantLog(ctx context.Context, op access.Operator, org attendance.OrgID, limit int) ([]access.AuditEntry, error) {
	limit, err := pageSize(limit, 200)
	if err != nil {
		return nil, err
	}
	var all []access.AuditEntry
	err = s.view(ctx, func(q querier) error {
		if err := requireOperator(ctx, q, op); err != nil {
			return err
		}
		all, err = collect(ctx, q, func(r *sql.Rows, e *access.AuditEntry) error {
			var at int64
			err := r.Scan(&e.ID, &at, &e.User, &e.UserName, &e.Via, &e.Address, &e.Action, &e.Subject)
			e.At = fromMicros(at)
			return err
		}, `SELECT a.id, a.at, a.user_id, COALESCE(o.name, ''), a.via, a.address, a.action, a.subject FROM audit a LEFT JOIN operators o ON o.id = a.user_id
			WHERE a.org = ? AND (a.via = 'operator' OR a.action IN ('set-licence', 'add-organisation')) ORDER BY a.at DESC, a.id DESC LIMIT ?`, org, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what operators did: %w", err)
	}
	return all, nil
}

// PlanLicence tells what a licence would change, without giving it.
func (s *Store) PlanLicence(ctx context.Context, op access.Operator, org attendance.OrgID, to invite.Licence) (invite.LicencePlan, error) {
	p := invite.LicencePlan{To: to}
	if err := checkLicence(to); err != nil {
		return p, err
	}
	one, err := s.Tenant(ctx, op, org)
	if err != nil {
		return p, err
	}
	p.From, p.Given, p.Taken = one.Licence, one.Given, one.Taken
	before, err := waysOn(ctx, s.read, org, one.Licence.Type)
	if err != nil {
		return p, err
	}
	after, err := waysOn(ctx, s.read, org, to.Type)
	if err != nil {
		return p, err
	}
	for _, w := range invite.Ways {
		was, is := (invite.Access{Licence: one.Licence, On: before}).Open(w), (invite.Access{Licence: to, On: after}).Open(w)
		switch {
		case was && !is:
			p.Closed = append(p.Closed, w)
		case is && !was:
			p.Opened = append(p.Opened, w)
		}
	}
	return p, nil
}

// GiveLicence gives an organisation a licence on behalf of an operator. Who is a
// member already stays one.
func (s *Store) GiveLicence(ctx context.Context, op access.Operator, org attendance.OrgID, l invite.Licence) error {
	if err := checkLicence(l); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		if err := requireOperator(ctx, t, op); err != nil {
			return err
		}
		return t.setLicence(ctx, clerk(op, org), l)
	})
}

// Found makes an organisation with a licence and its first administrator, on
// behalf of an operator; see AddOrganisation.
func (s *Store) Found(ctx context.Context, op access.Operator, name string, admin access.User, l invite.Licence) (access.User, string, error) {
	if err := checkLicence(l); err != nil {
		return access.User{}, "", err
	}
	return s.addOrganisation(ctx, name, admin, func(t *tx, org attendance.OrgID) (access.Actor, error) {
		if err := requireOperator(ctx, t, op); err != nil {
			return access.Actor{}, err
		}
		return clerk(op, org), t.setLicence(ctx, clerk(op, org), l)
	})
}
