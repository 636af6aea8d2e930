package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// where is the WHERE clause of a query under construction. Conditions are
// constant text; whatever came from outside goes into args.
type where struct {
	sql  string
	args []any
}

// inOrg begins a clause that holds a query to the actor's organisation.
func inOrg(column string, actor access.Actor) *where {
	return &where{sql: " WHERE " + column + " = ?", args: []any{actor.Org}}
}

func (w *where) and(condition string, args ...any) *where {
	w.sql += " AND " + condition
	w.args = append(w.args, args...)
	return w
}

// atSite holds the query to rows whose site is within the actor's reach.
func (w *where) atSite(column string, actor access.Actor) *where {
	if actor.Everywhere() {
		return w
	}
	return w.and(column+" IN (SELECT value FROM json_each(?))", list(actor.Sites))
}

// reachable holds the query to people who belong to a site within the actor's
// reach. column is the person's id.
func (w *where) reachable(column string, actor access.Actor) *where {
	if actor.Everywhere() {
		return w
	}
	return w.and("EXISTS (SELECT 1 FROM profile_sites r WHERE r.profile = "+column+
		" AND r.site IN (SELECT value FROM json_each(?)))", list(actor.Sites))
}

// list puts values into the one argument that json_each takes.
func list[T ~string](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	b, err := json.Marshal(values)
	if err != nil {
		return "[]" // strings always marshal
	}
	return string(b)
}

// querier is what reads need: the pool, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) row
}

// view runs f on one consistent moment of the database.
func (s *Store) view(ctx context.Context, f func(querier) error) error {
	t, err := s.read.begin(ctx, moment)
	if err != nil {
		return err
	}
	defer t.rollback()
	return f(t)
}

// collect reads every row of a query.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func scanOne[T any](rows *sql.Rows, v *T) error { return rows.Scan(v) }

// checkSites returns Invalid unless every site is one of the organisation's and
// within the actor's reach. The two are not told apart.
func checkSites(ctx context.Context, q querier, actor access.Actor, sites []attendance.SiteID) error {
	w := inOrg("org", actor).and("id IN (SELECT value FROM json_each(?))", list(sites)).atSite("id", actor)
	found, err := collect(ctx, q, scanOne[attendance.SiteID], `SELECT id FROM sites`+w.sql, w.args...)
	if err != nil {
		return fmt.Errorf("look up sites: %w", err)
	}
	if len(found) != len(sites) {
		return access.Invalid{Field: "sites", Problem: access.Unknown}
	}
	return nil
}
