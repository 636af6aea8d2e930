// Package store keeps everything a tablet must not forget, in one SQLite file:
// the journal, the roster, who the tablet is and what it was told to do.
//
// It implements the small interfaces that the rest of the tablet's machinery
// declares. A method that changes something returns after a commit with
// synchronous=FULL, so what it has confirmed survives a power cut; its errors
// wrap device.ErrStorageFull, ErrStorageReadOnly, ErrStorageDamaged or
// ErrStorageBusy where one of these is the cause. A damaged file is never
// replaced behind anybody's back: see SetAside.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"

	"muster/device"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The files in the data directory.
const (
	database = "tablet.db"
	marker   = "tablet.made" // there once was a database here
	lockFile = "tablet.lock"
)

// Store is the tablet's database. Make one with Open; it is safe for use by many
// goroutines. Writes go through one connection, one after another.
type Store struct {
	dir   string
	write *sql.DB // one connection
	read  *sql.DB
	lock  *os.File

	sparing sync.Mutex // over the second copy of the identity

	notary     notary
	recent     history
	answers    answers
	orders     orders
	unreadable atomic.Int64 // punches that could not be read at the start
	people     people
	append     *sql.Stmt // one row of the journal
	bulk       bulk

	rows *sql.Stmt
}

// Open opens the database in dir, makes both where there are none, and brings
// the schema up to date. Only one process at a time can have it open.
func Open(ctx context.Context, dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := s.open(ctx, dir); err != nil {
		return nil, fmt.Errorf("open the tablet's store: %w", errors.Join(storageError(err), s.Close()))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, dir string) error {
	var err error
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if s.lock, err = takeLock(filepath.Join(dir, lockFile)); err != nil {
		return err
	}
	if err := finishSalvage(dir, time.Now()); err != nil {
		return fmt.Errorf("go on with a salvage: %w", err)
	}
	path := filepath.Join(dir, database)
	if err := prepareFile(dir, path); err != nil {
		return err
	}
	s.notary.begin(dir)
	if s.write, err = connect(path, "&_txlock=immediate", 1); err != nil {
		return err
	}
	if err := check(ctx, s.write); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := compareNote(ctx, s.write, s.notary.now); err != nil {
		return err
	}
	if err := s.noteHead(ctx); err != nil {
		return err
	}
	if err := mark(dir); err != nil {
		return err
	}
	if s.read, err = connect(path, "&_query_only=true", 4); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.people.load(ctx, s.read); err != nil {
		return err
	}
	if err := s.loadHistory(ctx); err != nil {
		return err
	}
	s.keepSpare(ctx)
	return nil
}

// prepareFile makes the database's file before SQLite does, so that nobody else
// can read it, and finds out whether one that should be there is gone.
func prepareFile(dir, path string) error {
	info, err := os.Stat(path)
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !gone {
		return err
	}
	if exists(filepath.Join(dir, marker)) || exists(filepath.Join(dir, noteFile)) {
		if gone || info.Size() == 0 {
			return fmt.Errorf("%w: %s is missing or empty, though this tablet had written to it", device.ErrStorageDamaged, path)
		}
		if err := lookBefore(filesOf(path)); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// mark remembers on the disk that there is a database now.
func mark(dir string) error {
	path := filepath.Join(dir, marker)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), d.Sync(), f.Close(), d.Close())
}

func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = device.ErrStorageBusy
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

func connect(path, more string, conns int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=true&_busy_timeout=10000&_stmt_cache_size=50" + more
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// check reads the journal and what belongs to it from one end to the other before
// anything is added to it. The roster isn't checked: it can be fetched again.
func check(ctx context.Context, db *sql.DB) error {
	for _, table := range []string{"journal", "streams", "confirmed", "state", "bygone"} {
		var there int
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = ?`, table).Scan(&there)
		if err != nil || there == 0 {
			return err
		}
		var verdict string
		if err := db.QueryRowContext(ctx, `PRAGMA quick_check(`+table+`)`).Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			return fmt.Errorf("%w: %s", device.ErrStorageDamaged, verdict)
		}
	}
	return nil
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

func (s *Store) prepare(ctx context.Context) error {
	var err error
	for _, p := range []struct {
		stmt **sql.Stmt
		db   *sql.DB
		text string
	}{
		{&s.append, s.write, appendRow},
		{&s.rows, s.read, selectRows},
		{&s.bulk.profile, s.write, putProfile + tuples(1, profileColumns)},
		{&s.bulk.profiles, s.write, putProfile + tuples(rowsAtOnce, profileColumns)},
		{&s.bulk.card, s.write, putCard + tuples(1, cardColumns)},
		{&s.bulk.cards, s.write, putCard + tuples(rowsAtOnce, cardColumns)},
	} {
		if *p.stmt, err = p.db.PrepareContext(ctx, p.text); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
	}
	return nil
}

// Close ends the store. What was committed is on the disk.
func (s *Store) Close() error {
	var err error
	if s.read != nil {
		err = s.read.Close()
	}
	if s.write != nil {
		err = errors.Join(err, s.settleLog(context.Background()), s.write.Close(), s.notary.end())
	}
	if s.lock != nil {
		// Given up by name: a process that is just being forked holds the same
		// open file for a moment longer.
		err = errors.Join(err, unix.Flock(int(s.lock.Fd()), unix.LOCK_UN), s.lock.Close())
	}
	return err
}

// change runs f in one write transaction, committed when f returns nil and
// rolled back otherwise. It can't be cancelled half way.
func (s *Store) change(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", storageError(err))
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := f(ctx, tx); err != nil {
		return storageError(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", storageError(err))
	}
	s.notary.committed()
	return nil
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
