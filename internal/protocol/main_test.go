package protocol_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"muster/cloud/store/postgrestest"
	"muster/internal/scratch"
)

// only names the one kind of database to run on.
var only = flag.String("store", "", "run on this database alone: sqlite or postgres")

// share is the part of the random runs that is done on PostgreSQL, where each takes
// several times as long, unless they run there alone.
const share = 5

// memory is a folder in memory where the machine allows it: what is tried here
// is not the disk.
var memory string

// prepared is what every run begins with, on the kind of database that is on.
var prepared func() (*template, error)

// noPostgreSQL says why there is no PostgreSQL.
var noPostgreSQL error

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(800) // worlds are small and soon gone
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests on SQLite, then all of them again on PostgreSQL.
func run(m *testing.M) (code int, err error) {
	var remove func() error
	if memory, remove, err = scratch.Memory("protocol", 256<<20); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	var server *postgrestest.Server
	if *only != "sqlite" && !listing() {
		server, err = postgrestest.Start(context.Background(), postgrestest.InMemory)
		switch {
		case errors.Is(err, postgrestest.ErrMissing) && *only == "":
			noPostgreSQL = err
		case err != nil:
			return 1, err
		}
	}
	if *only != "postgres" {
		begin(&files{})
		code = m.Run()
	}
	if server == nil {
		return code, nil
	}
	there := &databases{server: server}
	defer func() { err = errors.Join(err, there.stop()) }()
	if *only == "" {
		fmt.Println("the same tests on PostgreSQL (-store=postgres), with fewer runs")
		checks := flag.Lookup("rapid.checks").Value
		n, err := strconv.Atoi(checks.String())
		if err != nil {
			return 1, err
		}
		if err := checks.Set(strconv.Itoa(max(1, n/share))); err != nil {
			return 1, err
		}
	}
	begin(there)
	return max(code, m.Run()), nil
}

func listing() bool { return flag.Lookup("test.list").Value.String() != "" }

// begin has the tests run on a kind of database from here on.
func begin(k kind) {
	on = k
	prepared = sync.OnceValues(func() (*template, error) {
		dir, err := os.MkdirTemp(memory, "template")
		if err != nil {
			return nil, err
		}
		return makeTemplate(context.Background(), dir)
	})
}

// Whoever has no PostgreSQL hears what was left out.
func TestPostgreSQLIsThere(t *testing.T) {
	t.Parallel()
	if noPostgreSQL != nil {
		t.Skip(noPostgreSQL)
	}
}
