// Package sqlite is the cloud's default database: one file, nothing beside it.
//
// Writes go through one connection, one after another; reads have connections of
// their own and never wait for a write (WAL). A commit is on the disk
// (synchronous=FULL) before it is answered.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open database file, and the dialect of its SQL.
type DB struct {
	Write *sql.DB // one connection
	Read  *sql.DB
}

// Connect prepares connections to a database file. Nothing is done yet.
func Connect(path string) (_ *DB, err error) {
	db := new(DB)
	// The writer keeps up to 64 MB of pages, so that a large change doesn't write the
	// pages of its indexes again and again. What it deletes it overwrites.
	if db.Write, err = open(path, "&_txlock=immediate&_secure_delete=true&_cache_size=-65536", 1); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if db.Read, err = open(path, "&_query_only=true", 8); err != nil {
		return nil, errors.Join(fmt.Errorf("open store for reading: %w", err), db.Write.Close())
	}
	return db, nil
}

// logPages is how long the write-ahead log grows before its pages go into the
// database: 32 MB. What is written again meanwhile, such as the pages of an index,
// goes there once.
const logPages = 8192

// Open opens the database file, makes it where there is none, and brings its
// schema up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := Connect(path)
	if err != nil {
		return nil, err
	}
	if err := db.upgrade(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate store: %w", err), db.Close())
	}
	// Of the one connection. Should it ever be made anew, SQLite's own 4 MB will do.
	if _, err := db.Write.ExecContext(ctx, fmt.Sprintf(`PRAGMA wal_autocheckpoint = %d`, logPages)); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), db.Close())
	}
	return db, nil
}

// Close ends all connections. What was committed is on the disk.
func (db *DB) Close() error { return errors.Join(db.Read.Close(), db.Write.Close()) }

func open(path, more string, conns int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=true&_busy_timeout=10000&_stmt_cache_size=200" + more
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// ErrNewer says that the schema was made by a newer muster-cloud.
var ErrNewer = errors.New("the database is newer than this muster-cloud; use the newer one, or take the database back with its \"migrate down\" first")

func (db *DB) upgrade(ctx context.Context) error {
	p, err := db.Migrations()
	if err != nil {
		return err
	}
	has, knows, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case has > knows:
		return fmt.Errorf("from %d to %d: %w", has, knows, ErrNewer)
	}
	_, err = p.Up(ctx)
	return err
}

// Migrations returns what brings the schema up and down. It works on the
// database's own connection: don't close it.
func (db *DB) Migrations() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db.Write, dir)
}

// Translate returns the query as it is: the store's SQL is SQLite's.
func (*DB) Translate(query string) string { return query }

// Judge knows the violation of a unique key. There is one writer, so nobody is
// ever in the way.
func (*DB) Judge(err error) (duplicate, again, away bool) {
	var e sqlite3.Error
	duplicate = errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
	return duplicate, false, false
}
