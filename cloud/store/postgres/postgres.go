// Package postgres is the cloud's database where one file is not enough: several
// clouds work on it at the same time.
//
// What SQLite gives by having one writer is asked for here: a change runs
// serialisable and is run again when another was in its way; what happens often
// locks the rows it goes by.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Connections of one cloud. PostgreSQL allows a hundred unless told otherwise.
// Readers have their own, so that they never wait for writers that wait.
const (
	writers = 12
	readers = 12
)

// settings hold for every connection, in milliseconds where there is no unit.
// Nobody waits for ever: neither for an answer, nor for a row that somebody
// else holds, nor for a transaction whose owner is gone. A commit that is
// answered is on the disk, whatever the server's own setting. Compiling a query
// (jit) takes longer than any of these queries.
var settings = map[string]string{
	"application_name":                    "muster-cloud",
	"statement_timeout":                   "30000",
	"lock_timeout":                        "15000",
	"idle_in_transaction_session_timeout": "60000",
	"synchronous_commit":                  "on",
	"jit":                                 "off",
}

// connectTimeout bounds one attempt to reach the server.
const connectTimeout = 5 * time.Second

// DB is an open database, and the dialect of its SQL.
type DB struct {
	Write *sql.DB
	Read  *sql.DB // its transactions can't write

	config *pgx.ConnConfig
	said   translations
	line   atomic.Pointer[string] // see History
}

// Connect prepares connections to the database that a URL names, in libpq's form
// (postgres://user:password@host:port/database?sslmode=...). What the URL leaves
// open comes from the environment (PGHOST, PGPASSWORD, ...). Nothing is asked of
// the server yet.
func Connect(url string) (*DB, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx leaves the password out of its errors.
		return nil, fmt.Errorf("address of the database: %w", err)
	}
	if c.ConnectTimeout == 0 || c.ConnectTimeout > connectTimeout {
		c.ConnectTimeout = connectTimeout
	}
	for name, value := range settings {
		if _, said := c.RuntimeParams[name]; !said { // the URL has the last word
			c.RuntimeParams[name] = value
		}
	}
	reading := c.Copy()
	reading.RuntimeParams["default_transaction_read_only"] = "on"
	// The few statements of writers run millions of times. Each is planned once a
	// connection: by the index, for the plan is used still when a table that was
	// empty then has grown.
	c.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	c.RuntimeParams["enable_seqscan"] = "off"
	db := &DB{config: c}
	db.Write, db.Read = pool(c, writers, stdlib.OptionAfterConnect(db.safe)), pool(reading, readers)
	return db, nil
}

// safe refuses a connection on which a commit may be answered that is not on the
// disk. Somebody may have switched that off since the last one was made, or
// something between here and the server may have dropped what it was asked for. It
// refuses a standby too, even one that is about to be promoted, and notes which
// history the server writes.
func (db *DB) safe(ctx context.Context, c *pgx.Conn) error {
	var fsync, commit, line string
	var standby bool
	err := c.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_is_in_recovery(),
		CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END`).Scan(&fsync, &commit, &standby, &line)
	switch {
	case err != nil:
		return fmt.Errorf("ask how the server commits: %w", err)
	case fsync != "on", commit == "off":
		return ErrUnsafe
	case standby:
		return errStandby
	}
	db.line.Store(&line)
	return nil
}

// errStandby says that the server only repeats what another one does; it is for the
// time of a failover.
var errStandby = errors.New("the server is a standby")

// History names the server's history, as of the newest connection for writing: it is
// another one after a standby was promoted, which may lack what the server before it
// had confirmed.
func (db *DB) History() string {
	if line := db.line.Load(); line != nil {
		return *line
	}
	return ""
}

func pool(c *pgx.ConnConfig, most int, o ...stdlib.OptionOpenDB) *sql.DB {
	db := stdlib.OpenDB(*c, o...)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return db
}

// Open connects to the database and brings its schema up to date.
func Open(ctx context.Context, url string) (*DB, error) {
	db, err := Connect(url)
	if err != nil {
		return nil, err
	}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close ends all connections.
func (db *DB) Close() error { return errors.Join(db.Write.Close(), db.Read.Close()) }

// ErrUnsafe says that the server confirms what it may lose.
var ErrUnsafe = errors.New("fsync or synchronous_commit is off: the server may lose what it has confirmed; switch it on")

// ErrNewer says that the schema was made by a newer muster-cloud.
var ErrNewer = errors.New("the database is newer than this muster-cloud; use the newer one, or take the database back with its \"migrate down\" first")

func (db *DB) prepare(ctx context.Context) error {
	if err := db.Write.PingContext(ctx); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	look, err := provider(db.Write)
	if err != nil {
		return fmt.Errorf("migrate store: %w", err)
	}
	has, knows, err := look.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("migrate store: %w", err)
	case has > knows:
		return fmt.Errorf("migrate store from %d to %d: %w", has, knows, ErrNewer)
	case has < knows:
		return db.upgrade(ctx)
	}
	return nil
}

func (db *DB) upgrade(ctx context.Context) (err error) {
	p, err := db.Migrations()
	if err != nil {
		return fmt.Errorf("migrate store: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate store: %w", err)
	}
	return nil
}

func provider(on *sql.DB, o ...goose.ProviderOption) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, on, dir, o...)
}

// Migrations returns what brings the schema up and down; close it afterwards.
// Of several clouds that start at the same time one does it and the others wait.
func (db *DB) Migrations() (*goose.Provider, error) {
	// Half a minute is not enough to build an index on years of punches.
	c := db.config.Copy()
	c.RuntimeParams["statement_timeout"] = "0"
	own := pool(c, 2)
	const tries = 600 // a second apart
	one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, tries))
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	p, err := provider(own, goose.WithSessionLocker(one))
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return p, nil
}
