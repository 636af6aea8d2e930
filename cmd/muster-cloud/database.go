package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"muster/cloud/store"
	"muster/cloud/store/postgres"
	"muster/cloud/store/sqlite"
)

// address names a database: postgres://..., or sqlite: with the path of a file.
// Empty is the file in the data folder.
type address string

func (a address) postgres() bool {
	return strings.HasPrefix(string(a), "postgres://") || strings.HasPrefix(string(a), "postgresql://")
}

// postgresWriters is how many transactions take tablets' rows in at a time, where
// there can be more than one: while one waits for the disk or for the network
// the other works. Each keeps a processor of the server busy.
const postgresWriters = 2

// writers returns how many transactions of tablets' rows the database takes at a
// time.
func (a address) writers() int {
	if a.postgres() {
		return postgresWriters
	}
	return 1
}

// file returns the path of a SQLite database that may be opened.
func (a address) file(data string) (string, error) {
	if a == "" {
		path := (&folder{path: data}).database()
		return path, unfinished(path)
	}
	path, ok := strings.CutPrefix(string(a), "sqlite:")
	if !ok || path == "" {
		return "", fmt.Errorf("--store %s: neither postgres://... nor sqlite:FILE", a)
	}
	return path, unfinished(path)
}

// String leaves the password out.
func (a address) String() string {
	if u, err := url.Parse(string(a)); err == nil && a.postgres() {
		q := u.Query()
		if q.Has("password") {
			q.Set("password", "xxxxx")
			u.RawQuery = q.Encode()
		}
		return u.Redacted()
	}
	if a.postgres() {
		return "postgres://(not a URL)"
	}
	return string(a)
}

// unhurried lets a single query take as long as it needs.
func (a address) unhurried() address {
	u, err := url.Parse(string(a))
	if err != nil || !a.postgres() {
		return a
	}
	q := u.Query()
	q.Set("statement_timeout", "0")
	q.Set("idle_in_transaction_session_timeout", "0")
	u.RawQuery = q.Encode()
	return address(u.String())
}

// opened is a database of either kind.
type opened interface {
	store.Dialect
	Migrations() (*goose.Provider, error)
	Close() error
}

// connect returns a database without asking anything of it, and its store.
func (a address) connect(data string, now func() time.Time) (opened, *store.Store, error) {
	if a.postgres() {
		db, err := postgres.Connect(string(a))
		if err != nil {
			return nil, nil, err
		}
		return db, store.New(db.Write, db.Read, db, now), nil
	}
	path, err := a.file(data)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("there is no cloud in %s: %w", path, err)
	}
	db, err := sqlite.Connect(path)
	if err != nil {
		return nil, nil, err
	}
	return db, store.New(db.Write, db.Read, db, now), nil
}

// open returns the store of a database, its schema brought up to date.
func (a address) open(ctx context.Context, data string, now func() time.Time, options ...store.Option) (*store.Store, error) {
	if a.postgres() {
		db, err := postgres.Open(ctx, string(a))
		if err != nil {
			return nil, err
		}
		return store.New(db.Write, db.Read, db, now, options...), nil
	}
	path, err := a.file(data)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return store.New(db.Write, db.Read, db, now, options...), nil
}

// existing is open for a command that has nothing to do with a new database.
func (a address) existing(ctx context.Context, data string) (*store.Store, error) {
	if !a.postgres() {
		path, err := a.file(data)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no cloud in %s: %w", path, err)
		}
	}
	return a.open(ctx, data, time.Now)
}

// openStore opens the store. A server that is away is waited for, until ctx
// ends: after a power cut it may come up later than the cloud.
func (m *Main) openStore(ctx context.Context, c serveCommand) (err error) {
	if !c.Store.postgres() { // before anything is made in the folder
		if _, err := c.Store.file(c.Data); err != nil {
			return err
		}
	}
	faces, err := m.faceKeys(c)
	if err != nil {
		return err
	}
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		m.store, err = c.Store.open(ctx, c.Data, m.now, store.Replica(m.replica), store.SMS(c.SMS != "" || c.keepsSMS()), store.Hold(c.UndoTime), store.FaceIDKeys(faces))
		if err == nil || !away(err) {
			break
		}
		m.log.Warn("the database can't be reached; trying again", "store", c.Store.String(), "in", wait, "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
	if err != nil {
		return err
	}
	m.log.Info("store open", "store", c.Store.String())
	stay, err := m.lookWhoMoved(ctx)
	switch {
	case err != nil:
		return err
	case stay == 0 && m.moved.Load() > 0:
		return errMoved
	}
	if !m.shared {
		return m.store.AllOffline(ctx)
	}
	// Before the first tablet comes: those at a replica that nobody knows are gone.
	m.compareClock(ctx)
	leases, _, err := m.store.Beat(ctx, m.name)
	m.judgeClock(ctx, leases, m.roll.look(leases, m.replica, time.Now()))
	return err
}

// errMoved: nothing of what is in the database counts here any more.
var errMoved = errors.New("everything in this database was moved to another one: use that (--store). To go on with this one all the same, stop the other cloud for good and run \"muster-cloud restored --take-back\" on this")

func away(err error) bool {
	_, _, away := new(postgres.DB).Judge(err)
	return away
}

// hold keeps a running cloud away from a file while a command works on it. A
// PostgreSQL database can't be held: the operator stops the clouds.
func (a address) hold(data string) (release func() error, err error) {
	if a != "" {
		return func() error { return nil }, nil
	}
	f, err := openFolder(data)
	if err != nil {
		return nil, err
	}
	return f.Close, nil
}

var _ slog.LogValuer = address("")

// LogValue is String: nothing logs a password.
func (a address) LogValue() slog.Value { return slog.StringValue(a.String()) }
