package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/cloud/store/postgrestest"
	"muster/cloud/store/sqlite"
	"muster/internal/scratch"
)

// database is a kind of database that the tests run on: all of them, one kind
// after the other. An address is a path or a name, as the kind has it.
type database interface {
	// place makes room for a new, empty database and returns its address.
	place(dir string) (string, error)
	// freeze makes a database that nobody is using the model of others.
	freeze(ctx context.Context, model string) error
	// copy returns the address of a copy of a model, for as long as t runs.
	copy(t testing.TB, model string) (string, error)
	open(ctx context.Context, address string, now func() time.Time) (*Store, error)
}

// on is the kind of database that the tests run on now.
var on database

// server is where there is PostgreSQL.
var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run runs the tests on SQLite, then all of them again on PostgreSQL.
func run(m *testing.M) (code int) {
	flag.Parse()
	var options []postgrestest.Option
	if !one("test.bench") { // what is measured is on a disk
		options = append(options, postgrestest.InMemory)
	}
	var err error
	if server, err = postgrestest.Start(context.Background(), options...); err != nil && !errors.Is(err, postgrestest.ErrMissing) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer cleanUp(&code)
	on = files{}
	code = m.Run()
	if server == nil || one("test.fuzz") || one("test.list") {
		return code
	}
	fmt.Println("the same tests on PostgreSQL, with a fifth of the random ones")
	if n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String()); err == nil {
		err = flag.Set("rapid.checks", strconv.Itoa(max(1, n/5)))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := template.clear(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	template = newTemplate()
	on = newDatabases(server)
	return max(code, m.Run())
}

func one(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != ""
}

func cleanUp(code *int) {
	err := template.clear()
	if server != nil {
		err = errors.Join(err, server.Stop())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		*code = 1
	}
}

// Whoever has no PostgreSQL hears what was left out.
func TestPostgreSQLIsThere(t *testing.T) {
	t.Parallel()
	if server == nil {
		t.Skip(postgrestest.ErrMissing)
	}
}

// files are SQLite's.
type files struct{}

func (files) place(dir string) (string, error) { return filepath.Join(dir, "cloud.db"), nil }

func (files) freeze(context.Context, string) error { return nil }

func (f files) copy(t testing.TB, model string) (string, error) {
	b, err := os.ReadFile(model)
	if err != nil {
		return "", err
	}
	at := filepath.Join(t.TempDir(), "cloud.db")
	return at, os.WriteFile(at, b, 0o600)
}

func (files) open(ctx context.Context, address string, now func() time.Time) (*Store, error) {
	db, err := sqlite.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	return New(db.Write, db.Read, db, now, PasswordCost(64, 1, 1), SMS(true), FaceIDKeys(testFaceKeys)), nil
}

// templates are what the tests' databases are copies of: one with the schema
// alone, and one with a world, which takes a dozen commits.
type templates struct {
	dir   string
	clear func() error
	empty func() (string, error)
	world func() (*world, error)
	at    string

	furnishing sync.Once // see furnish
	furnished  *furnished
}

var template = newTemplate()

func newTemplate() *templates {
	t := &templates{clear: func() error { return nil }}
	t.empty = sync.OnceValues(func() (string, error) {
		var err error
		if t.dir, t.clear, err = scratch.Folder("", "worlds"); err != nil {
			return "", err
		}
		return t.make(func(ctx context.Context, at string) error {
			s, err := on.open(ctx, at, time.Now)
			if err != nil {
				return err
			}
			return s.Close()
		})
	})
	t.world = sync.OnceValues(func() (*world, error) {
		if _, err := t.empty(); err != nil {
			return nil, err
		}
		var w *world
		var err error
		t.at, err = t.make(func(ctx context.Context, at string) error {
			if w, err = makeWorld(ctx, at); err != nil {
				return err
			}
			return w.Close() // the last connection to a file folds the log into it
		})
		return w, err
	})
	return t
}

// make makes a model out of what f does to an empty database.
func (t *templates) make(f func(ctx context.Context, at string) error) (string, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp(t.dir, "")
	if err != nil {
		return "", err
	}
	at, err := on.place(dir)
	if err != nil {
		return "", err
	}
	if err := f(ctx, at); err != nil {
		return "", err
	}
	return at, on.freeze(ctx, at)
}

// fresh opens a database with nothing in it.
func fresh(t testing.TB, now func() time.Time) *Store {
	t.Helper()
	s, _ := fromTemplate(t, now, template.empty)
	return s
}

// fromTemplate opens a copy of a database and returns its address.
func fromTemplate(t testing.TB, now func() time.Time, template func() (string, error)) (*Store, string) {
	t.Helper()
	model, err := template()
	if err != nil {
		t.Fatal(err)
	}
	at, err := on.copy(t, model)
	if err != nil {
		t.Fatal(err)
	}
	s, err := on.open(t.Context(), at, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, at
}
