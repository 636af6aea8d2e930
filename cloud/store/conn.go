package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"muster/access"
)

// Dialect is what a database does in its own way. The store's SQL is what
// SQLite understands, kept to what others understand as well:
//
//   - an argument is a question mark, with a number where it is used twice;
//   - a list is one argument, a JSON array: x IN (SELECT value FROM json_each(?));
//   - keys with their values are one argument, a JSON object of texts:
//     FROM json_each(?) /* PAIRS */ AS k, with k.key and k.value;
//   - a row that must not change under the transaction is asked for with
//     /* FOR UPDATE */ at the end, which only a database with more than one
//     writer has to heed; with /* FOR UPDATE, WHAT IS FREE */ rows that another
//     transaction has locked are passed over;
//   - a value without a column to tell its type says it: CAST(? AS TEXT), BIGINT or
//     BLOB;
//   - LIKE /* ANY CASE */ knows ASCII's letters in both cases, LIKE is for texts
//     that have none;
//   - identifiers are text, times are microseconds since 1970.
type Dialect interface {
	// Translate puts a query of the store into the database's own words.
	Translate(query string) string
	// Judge tells what an error of the database means: there is a thing of
	// that key already; another transaction was in the way, so that the whole
	// transaction is to be run again; the database can't be reached.
	Judge(err error) (duplicate, again, away bool)
}

// executor is a *sql.DB or *sql.Tx.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// speaker runs the store's SQL on a database or in a transaction. Errors that
// mean something to every store come as access.ErrConflict and
// access.ErrUnavailable.
type speaker struct {
	on executor
	Dialect
	// whole: each statement is run to its end once it has begun. It is for changes in
	// a database that is a function call away: there its driver takes two more
	// goroutines a statement to be able to interrupt one, which costs more than most.
	whole bool
}

func (s speaker) begins(ctx context.Context) (context.Context, error) {
	if !s.whole {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

func (s speaker) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := s.begins(ctx)
	if err != nil {
		return nil, err
	}
	res, err := s.on.ExecContext(ctx, s.Translate(query), tidy(args)...)
	return res, s.explain(err)
}

func (s speaker) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := s.begins(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.on.QueryContext(ctx, s.Translate(query), tidy(args)...)
	return rows, s.explain(err)
}

func (s speaker) QueryRowContext(ctx context.Context, query string, args ...any) row {
	if calm, err := s.begins(ctx); err == nil {
		ctx = calm // else it says so itself
	}
	return row{s.on.QueryRowContext(ctx, s.Translate(query), tidy(args)...), s}
}

func (s speaker) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	stmt, err := s.on.PrepareContext(ctx, s.Translate(query))
	return stmt, s.explain(err)
}

// tidy takes the character NUL out of texts, which PostgreSQL can't hold: what
// comes from outside may have it, names nothing that way and breaks nothing.
// Where a text must be kept exactly, look at it before.
func tidy(args []any) []any {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = text(a)
		case nil, []byte, int64, int, bool, uint64, []string, [][]byte, []int64:
		default:
			if v := reflect.ValueOf(a); v.Kind() == reflect.String {
				args[i] = text(v.String())
			}
		}
	}
	return args
}

func text(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

func (s speaker) explain(err error) error {
	if err == nil {
		return nil
	}
	switch duplicate, _, away := s.Judge(err); {
	case duplicate:
		return fmt.Errorf("%w: %w", access.ErrConflict, err)
	case away:
		return fmt.Errorf("%w: %w", access.ErrUnavailable, err)
	}
	return err
}

// row is the only row of a query; scanning it gives sql.ErrNoRows where there is
// none.
type row struct {
	*sql.Row
	speaker
}

func (r row) Scan(into ...any) error { return r.explain(r.Row.Scan(into...)) }

// pool is the database; without db, one transaction that stands for it.
type pool struct {
	speaker
	db *sql.DB
}

func newPool(db *sql.DB, d Dialect) pool { return pool{speaker{on: db, Dialect: d}, db} }

func (p pool) begin(ctx context.Context, o *sql.TxOptions) (conn, error) {
	if p.db == nil {
		return conn{speaker: p.speaker}, nil
	}
	own, err := p.db.Conn(ctx)
	if err != nil {
		return conn{}, fmt.Errorf("begin: %w", p.explain(err))
	}
	t, err := own.BeginTx(ctx, o)
	if err != nil {
		return conn{}, errors.Join(fmt.Errorf("begin: %w", p.explain(err)), own.Close())
	}
	in := speaker{on: t, Dialect: p.Dialect}
	in.whole = !o.ReadOnly && !in.bulk()
	return conn{in, t, own}, nil
}

// conn is one transaction, on a connection that it gives back at its end.
type conn struct {
	speaker
	tx  *sql.Tx // nil: it is part of another one, which reads only
	own *sql.Conn
}

func (c conn) commit() error {
	if err := c.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", c.explain(err))
	}
	return nil
}

// rollback undoes the transaction and gives the connection back; after a commit
// it does only that.
func (c conn) rollback() {
	if c.tx == nil {
		return // it is part of another one
	}
	_ = c.tx.Rollback() //nolint:errcheck // a connection that is lost is rolled back by the other side
	_ = c.own.Close()   //nolint:errcheck // it goes back to the pool
}
