package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
)

// Dialect is what a database does in its own way. The store's SQL is what
// SQLite understands, kept to what others understand as well:
//
//   - an argument is a question mark, or one with a number where it is used twice;
//   - a list is one argument, a JSON array: x IN (SELECT value FROM json_each(?));
//   - identifiers are text, times are microseconds since 1970, truth is BOOLEAN.
type Dialect interface {
	// Translate puts a query of the store into the database's own words.
	Translate(query string) string
	// Duplicate tells whether err says that a thing of that key is there already.
	Duplicate(err error) bool
}

// executor is a *sql.DB or *sql.Tx.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// speaker runs the store's SQL on a database.
type speaker struct {
	db executor
	Dialect
}

// ExecContext answers access.ErrConflict where something of that key is there.
func (s speaker) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := s.db.ExecContext(ctx, s.Translate(query), args...)
	return res, s.mind(err)
}

func (s speaker) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.db.QueryContext(ctx, s.Translate(query), args...)
}

func (s speaker) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return s.db.QueryRowContext(ctx, s.Translate(query), args...)
}

func (s speaker) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	return s.db.PrepareContext(ctx, s.Translate(query))
}

func (s speaker) mind(err error) error {
	if err != nil && s.Duplicate(err) {
		return fmt.Errorf("%w: %w", access.ErrConflict, err)
	}
	return err
}

// pool is the database; conn is one transaction on it.
type (
	pool struct {
		db *sql.DB
		Dialect
	}
	conn struct {
		speaker
		tx *sql.Tx
	}
)

func (p pool) speaker() speaker { return speaker{p.db, p.Dialect} }

func (p pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.speaker().ExecContext(ctx, query, args...)
}

func (p pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.speaker().QueryContext(ctx, query, args...)
}

func (p pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.speaker().QueryRowContext(ctx, query, args...)
}

func (p pool) begin(ctx context.Context, o *sql.TxOptions) (conn, error) {
	t, err := p.db.BeginTx(ctx, o)
	return conn{speaker{t, p.Dialect}, t}, err
}

func (c conn) commit() error   { return c.mind(c.tx.Commit()) }
func (c conn) rollback() error { return c.tx.Rollback() }
