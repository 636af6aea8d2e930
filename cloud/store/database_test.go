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
	"sync/atomic"
	"testing"
	"time"

	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
	"muster/cloud/store/sqlite"
)

// database is a kind of database that the tests run on: all of them, one kind
// after the other. An address is a path or a name, as the kind has it.
type database interface {
	// place returns the address of a database that is not there yet.
	place(dir string) string
	// duplicate copies a database that nobody is using.
	duplicate(ctx context.Context, from, to string) error
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
	var err error
	if server, err = postgrestest.Start(context.Background()); err != nil && !errors.Is(err, postgrestest.ErrMissing) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer cleanUp(&code)
	on = files{}
	code = m.Run()
	if server == nil || one("test.fuzz") || one("test.list") {
		return code
	}
	fmt.Println("the same tests on PostgreSQL")
	template = newTemplate()
	on = databases{server}
	return max(code, m.Run())
}

func one(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != ""
}

func cleanUp(code *int) {
	err := os.RemoveAll(template.dir)
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

func (files) place(dir string) string { return filepath.Join(dir, "cloud.db") }

func (files) duplicate(_ context.Context, from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

func (files) open(ctx context.Context, address string, now func() time.Time) (*Store, error) {
	db, err := sqlite.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	return New(db.Write, db.Read, db, now, PasswordCost(64, 1, 1)), nil
}

// databases are those of a PostgreSQL server.
type databases struct{ server *postgrestest.Server }

var serial atomic.Int64

func (databases) place(string) string { return "t" + strconv.FormatInt(serial.Add(1), 10) }

func (d databases) duplicate(ctx context.Context, from, to string) error {
	return d.server.Create(ctx, to, from)
}

func (d databases) open(ctx context.Context, address string, now func() time.Time) (*Store, error) {
	db, err := postgres.Open(ctx, d.server.URL(address))
	if err != nil {
		return nil, err
	}
	return New(db.Write, db.Read, db, now, PasswordCost(64, 1, 1)), nil
}

// templates are what the tests' databases are copies of: one with the schema
// alone, and one with a world, which takes a dozen commits.
type templates struct {
	dir   string
	empty func() (string, error)
	world func() (*world, error)
	at    string
}

var template = newTemplate()

func newTemplate() *templates {
	t := new(templates)
	t.empty = sync.OnceValues(func() (string, error) {
		var err error
		if t.dir, err = os.MkdirTemp("", "world"); err != nil {
			return "", err
		}
		at := filepath.Join(t.dir, "empty")
		if err := os.Mkdir(at, 0o700); err != nil {
			return "", err
		}
		at = on.place(at)
		if d, ok := on.(databases); ok {
			if err := d.server.Create(context.Background(), at, "template0"); err != nil {
				return "", err
			}
		}
		s, err := on.open(context.Background(), at, time.Now)
		if err != nil {
			return "", err
		}
		return at, s.Close()
	})
	t.world = sync.OnceValues(func() (*world, error) {
		empty, err := t.empty()
		if err != nil {
			return nil, err
		}
		ctx := context.Background()
		t.at = on.place(t.dir)
		if err := on.duplicate(ctx, empty, t.at); err != nil {
			return nil, err
		}
		w, err := makeWorld(ctx, t.at)
		if err != nil {
			return nil, err
		}
		return w, w.Close() // the last connection to a file folds the log into it
	})
	return t
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
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	at := on.place(t.TempDir())
	if err := on.duplicate(t.Context(), from, at); err != nil {
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
