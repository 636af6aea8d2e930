package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/cloud/store/postgrestest"
	"muster/internal/stage"
)

// PostgreSQL crashes again and again, runs out of connections and holds its
// tables for itself, while people tap and the tablet sends: each tick is stored
// once, and the cloud comes back by itself each time.
func TestPostgreSQLCrashes(t *testing.T) {
	t.Parallel()
	const people = 40
	ctx := patient(t)
	w := &world{t: t, ctx: ctx, dir: t.TempDir(), log: &logBuffer{}, programs: programs}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the programs said:\n%s", w.log)
		}
	})
	pg, err := postgrestest.Start(ctx, postgrestest.InMemory)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	w.check(err)
	t.Cleanup(func() { _ = pg.Stop() })
	w.check(pg.Create(ctx, "cloud", "template0"))
	w.check(runSQL(ctx, pg.URL("cloud"), `CREATE ROLE app LOGIN`, `ALTER DATABASE cloud OWNER TO app`, `ALTER ROLE app SET synchronous_commit = off`))
	w.opts = stage.CloudOptions{Data: filepath.Join(w.dir, "cloud"), Env: []string{"MUSTER_STORE=" + strings.Replace(pg.URL("cloud"), "//muster@", "//app@", 1)}, Log: w.log}
	w.startCloud()
	c := &cluster{world: w, database: pg.URL("cloud"), clouds: [2]*stage.Cloud{w.cloud}}
	c.setUp(0, 0)
	q, _ := newQueue(c, people)
	q.tap(2)

	arrived := func() {
		t.Helper()
		w.eventually("the cloud is ready", func() bool {
			_, status := c.health(0, "/readyz")
			return status == http.StatusOK
		})
		q.settled()
	}

	for round := range 6 { // at any moment of a tap and what follows
		down := make(chan error, 1)
		go func() { down <- pg.Halt() }()
		q.tap(1 + round%2)
		w.check(<-down)
		q.tap(1)
		w.check(pg.Resume())
	}
	q.tap(1)
	arrived()

	// Somebody rewrites the table that everything goes into.
	hold, err := pgx.Connect(ctx, c.database)
	w.check(err)
	lock, err := hold.Begin(ctx)
	w.check(err)
	_, err = lock.Exec(ctx, `LOCK TABLE raw_rows IN ACCESS EXCLUSIVE MODE`)
	w.check(err)
	q.tap(3)
	before := len(q.punches())
	if before >= len(q.ticks) {
		t.Errorf("%d punches while nobody could write, of %d ticks", before, len(q.ticks))
	}
	w.check(lock.Rollback(ctx))
	w.check(hold.Close(ctx))
	arrived()

	// No connection is left, and the cloud's own are cut.
	w.check(runSQL(ctx, c.database, `ALTER ROLE app CONNECTION LIMIT 0`, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`))
	q.tap(3)
	w.check(runSQL(ctx, c.database, `ALTER ROLE app CONNECTION LIMIT -1`))
	q.tap(1)
	arrived()
	if got := q.punches(); len(got) != len(slices.Compact(slices.Sorted(slices.Values(q.ticks)))) {
		t.Errorf("%d punches for %d ticks", len(got), len(q.ticks))
	}
}

// runSQL runs statements on a database.
func runSQL(ctx context.Context, url string, statements ...string) (err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
