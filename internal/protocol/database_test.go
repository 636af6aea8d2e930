package protocol_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	cloudstore "muster/cloud/store"
	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
	"muster/cloud/store/sqlite"
)

// kind is a kind of database that the clouds keep everything in.
type kind interface {
	// template makes a database that fill has filled what places are copies of.
	template(ctx context.Context, dir string, fill func(*connections) error) error
	// place returns a copy of the template for one run.
	place(w *world) (place, error)
}

// place is one run's database.
type place interface {
	open() (*connections, error)
	close(*connections) error
	// keep makes a backup in place of the one before; restore puts the database
	// back to it, while no cloud is open.
	keep() error
	restore() error
	free() error
	// words puts a query of these tests, which is in SQLite's words, into the
	// database's own.
	words(query string) string
}

// connections are those of the clouds, which share them.
type connections struct {
	write, read *sql.DB
	cloudstore.Dialect
}

func (c *connections) close() error { return errors.Join(c.read.Close(), c.write.Close()) }

// on is the kind of database that the tests run on now.
var on kind

// files are SQLite's.
type files struct{ model string }

func (f *files) template(ctx context.Context, dir string, fill func(*connections) error) error {
	f.model = filepath.Join(dir, "cloud.db")
	db, err := sqlite.Open(ctx, f.model)
	if err != nil {
		return err
	}
	c := &connections{db.Write, db.Read, db}
	return errors.Join(fill(c), c.close())
}

func (f *files) place(w *world) (place, error) {
	p := &file{w: w, path: filepath.Join(w.dir, "cloud.db")}
	w.put(w.image(f.model), p.path)
	return p, nil
}

type file struct {
	w      *world
	path   string
	backup image
}

func (f *file) open() (*connections, error) {
	db, err := sqlite.Connect(f.path)
	if err != nil {
		return nil, err
	}
	return &connections{db.Write, db.Read, db}, nil
}

func (f *file) close(c *connections) error { return c.close() }

func (f *file) keep() error {
	f.backup = f.w.image(f.path)
	return nil
}

func (f *file) restore() error {
	f.w.put(f.backup, f.path)
	return nil
}

func (*file) free() error { return nil }

func (*file) words(query string) string { return query }

// databases are those of a PostgreSQL server. A run's is used again by another
// one, with its connections: to make them takes longer than a run.
type databases struct {
	server *postgrestest.Server

	mu   sync.Mutex
	made int
	idle []*shared
}

// fresh and backup are what databases are put back to, see postgrestest.Keep.
const (
	fresh  = "fresh"
	backup = "backup"
	model  = "model" // the database that others are copies of
)

func (d *databases) template(ctx context.Context, _ string, fill func(*connections) error) error {
	if err := d.server.Create(ctx, model, "template0"); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, d.server.URL(model))
	if err != nil {
		return err
	}
	c := &connections{db.Write, db.Read, db}
	err = errors.Join(fill(c), postgrestest.Keep(ctx, db.Write, fresh), postgrestest.Keep(ctx, db.Write, backup))
	return errors.Join(err, c.close())
}

func (d *databases) place(w *world) (place, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.idle); n > 0 {
		s := d.idle[n-1]
		d.idle = d.idle[:n-1]
		return s, postgrestest.Back(w.ctx, s.write, fresh)
	}
	d.made++
	name := fmt.Sprint("run", d.made)
	if err := d.server.Create(w.ctx, name, model); err != nil {
		return nil, err
	}
	db, err := postgres.Connect(d.server.URL(name))
	if err != nil {
		return nil, err
	}
	return &shared{&connections{db.Write, db.Read, db}, w.ctx, d}, nil
}

// stop ends the connections and the server.
func (d *databases) stop() (err error) {
	for _, s := range d.idle {
		err = errors.Join(err, s.connections.close())
	}
	return errors.Join(err, d.server.Stop())
}

// shared is a database on the server.
type shared struct {
	*connections
	ctx context.Context //nolint:containedctx // of the run
	of  *databases
}

func (s *shared) open() (*connections, error) { return s.connections, nil }

func (*shared) close(*connections) error { return nil }

func (s *shared) keep() error { return postgrestest.Keep(s.ctx, s.write, backup) }

func (s *shared) restore() error { return postgrestest.Back(s.ctx, s.write, backup) }

func (s *shared) free() error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.idle = append(s.of.idle, s)
	return nil
}

var hexOf = regexp.MustCompile(`hex\(([a-z.]+)\)`)

func (s *shared) words(query string) string {
	query = hexOf.ReplaceAllString(query, `encode($1, 'hex')`)
	return s.Translate(strings.ReplaceAll(query, "instr(", "strpos("))
}
