// Package sqlite is the cloud's default store: one file, nothing beside it.
//
// Every method that acts for somebody takes an access.Actor and checks, in the
// query itself, that organisation, role and sites allow it. Writes go through
// one connection, one after another; reads have connections of their own and
// never wait for a write (WAL).
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"muster/access"
	"muster/attendance"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the cloud's database. Make one with Open; it is safe for use by many
// goroutines.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB
	now   func() time.Time

	onFeed func(attendance.SiteID)

	passwords *passwords
	portraits portraits
}

// Open opens the database file, makes it where there is none, and brings its
// schema up to date. now is the clock that stamps what is written.
func Open(ctx context.Context, path string, now func() time.Time, options ...Option) (*Store, error) {
	s := &Store{now: now, passwords: newPasswords(defaultCost), portraits: newPortraits()}
	for _, o := range options {
		o(s)
	}
	var err error
	if s.write, err = open(path, "&_txlock=immediate", 1); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := migrate(ctx, s.write); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate store: %w", err), s.write.Close())
	}
	if s.read, err = open(path, "&_query_only=true", 8); err != nil {
		return nil, errors.Join(fmt.Errorf("open store for reading: %w", err), s.write.Close())
	}
	return s, nil
}

func open(path, more string, conns int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=true&_busy_timeout=10000" + more
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close ends the store. What was committed is on the disk.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// tx is one write transaction. It remembers which feeds it has added to.
type tx struct {
	*sql.Tx
	now     time.Time
	touched map[attendance.SiteID]bool
}

// change runs f in one write transaction, committed with synchronous=FULL when f
// returns nil and rolled back otherwise. Then whoever follows the feeds is told.
func (s *Store) change(ctx context.Context, f func(*tx) error) error {
	sqlTx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &tx{Tx: sqlTx, now: s.now(), touched: map[attendance.SiteID]bool{}}
	defer sqlTx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := f(t); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if s.onFeed != nil {
		for site := range t.touched {
			s.onFeed(site)
		}
	}
	return nil
}

// OnFeed has f called after each commit that added to a site's feed. Set it
// before the store is used by more than one goroutine; f must not block.
func (s *Store) OnFeed(f func(attendance.SiteID)) { s.onFeed = f }

// known turns the database's own errors into the answers every store gives.
func known(err error) error {
	var e sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return access.ErrNotFound
	case errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey):
		return fmt.Errorf("%w: %w", access.ErrConflict, err)
	default:
		return err
	}
}

// micros and fromMicros put times into the form they are stored in; the zero
// time is 0 and back.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
