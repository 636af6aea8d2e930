package store

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"muster/cloud/store/postgres"
	"muster/cloud/store/sqlite"
)

// migrations opens a database without bringing it up to date.
func migrations(t *testing.T) (*Store, *goose.Provider) {
	t.Helper()
	if d, ok := on.(*databases); ok {
		db := must(postgres.Connect(d.server.URL(must(d.place(""))(t))))(t)
		p := must(db.Migrations())(t)
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		return New(db.Write, db.Read, db, time.Now), p
	}
	db := must(sqlite.Connect(filepath.Join(t.TempDir(), "cloud.db")))(t)
	return New(db.Write, db.Read, db, time.Now), must(db.Migrations())(t)
}

// schema lists tables and their columns.
func schema(ctx context.Context, t *testing.T, s *Store) []string {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'`
	if s.read.bulk() {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'`
	}
	all := must(collect(ctx, s.read, scanOne[string], query))(t)
	all = slices.DeleteFunc(all, func(c string) bool { return strings.HasPrefix(c, "goose_") })
	slices.Sort(all)
	return all
}

// All the way down nothing is left, and all the way up again there is a new
// database. Each step for itself: TestMigrationsKeepTheData.
func TestMigrationsTravelBothWays(t *testing.T) {
	t.Parallel()
	s, p := migrations(t)
	defer s.Close() //nolint:errcheck // it is this test's own
	ctx := t.Context()
	must(p.Up(ctx))(t)
	newest := schema(ctx, t, s)
	must(p.DownTo(ctx, 0))(t)
	if left := schema(ctx, t, s); len(left) != 0 {
		t.Errorf("below the first version there is still %v", left)
	}
	must(p.Up(ctx))(t)
	if got := schema(ctx, t, s); !slices.Equal(got, newest) {
		t.Errorf("after all the way down and up: %v", got)
	}
	if first := must(s.FirstStart(ctx))(t); !first {
		t.Error("a new database has an organisation")
	}
}

// Down one version and up again, each of them, with something in every table: the
// schema is the same again, the raw log stays as it is to the bit and no row of any table is lost, other than
// those of a table that the older version doesn't have. The cloud works afterwards.
func TestMigrationsKeepTheData(t *testing.T) {
	t.Parallel()
	f := lived(t)
	ctx, org := t.Context(), f.admin.Org
	p := must(f.write.Dialect.(interface {
		Migrations() (*goose.Provider, error)
	}).Migrations())(t)
	if f.write.bulk() {
		defer func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	// Each look has connections of its own: those of before know the columns of before.
	content := func() map[string]MovedTable {
		s := must(on.open(ctx, f.at, f.clock.now))(t)
		defer s.Close() //nolint:errcheck // it is this test's own
		all := map[string]MovedTable{}
		for _, p := range parts {
			all[p.table] = must(p.read(ctx, s.read, org, nil))(t)
		}
		return all
	}
	before := content()
	if before["raw_rows"].Rows == 0 || before["punches"].Rows == 0 || before["quarantine"].Rows == 0 {
		t.Fatalf("too little has happened: %v", before)
	}
	newest := schema(ctx, t, f.Store)
	for version := must(p.GetDBVersion(ctx))(t); version > 1; version-- {
		must(p.DownTo(ctx, version-1))(t)
		there := schema(ctx, t, f.Store)
		gone := map[string]bool{}
		for _, q := range parts {
			if gone[q.table] = !slices.ContainsFunc(there, func(c string) bool { return strings.HasPrefix(c, q.table+".") }); gone[q.table] {
				continue
			}
			if n := f.number(t, `SELECT count(*) FROM `+q.table+` WHERE `+q.of, org); n != before[q.table].Rows {
				t.Errorf("at version %d there are %d rows of %d in %s", version-1, n, before[q.table].Rows, q.table)
			}
		}
		must(p.Up(ctx))(t)
		if got := schema(ctx, t, f.Store); !slices.Equal(got, newest) {
			t.Errorf("from %d down and up: %v", version, got)
		}
		after := content()
		if after["raw_rows"] != before["raw_rows"] {
			t.Errorf("after version %d the raw log is another", version-1)
		}
		for table, was := range before {
			if after[table].Rows != was.Rows && !gone[table] {
				t.Errorf("after version %d there are %d rows of %d in %s", version-1, after[table].Rows, was.Rows, table)
			}
		}
		before = after
	}
	s := must(on.open(ctx, f.at, f.clock.now))(t)
	defer s.Close() //nolint:errcheck // it is this test's own
	again := &world{Store: s, at: f.at, clock: f.clock, admin: f.admin, north: f.north}
	pen := again.pen(t, org, f.north.ID)
	again.deliver(t, pen, pen.punch(f.anna.ID, ""))
	if n := content()["punches"].Rows; n != before["punches"].Rows+1 {
		t.Errorf("%d punches after one more than %d", n, before["punches"].Rows)
	}
}

// A database that a newer program has brought further is left alone.
func TestANewerDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	_, err := on.open(t.Context(), w.at, time.Now)
	if err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("opened: %v", err)
	}
	if _, err := w.write.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id = 9999`); err != nil {
		t.Fatal(err)
	}
}

// Both databases have the same tables and columns by the same numbers, and so an
// organisation can move.
func TestBothSchemasAreTheSame(t *testing.T) {
	t.Parallel()
	if server == nil {
		t.Skip("there is no PostgreSQL to compare with")
	}
	here, there := fresh(t, time.Now), other(t, time.Now)
	defer there.Close() //nolint:errcheck // it is this test's own
	a, b := schema(t.Context(), t, here), schema(t.Context(), t, there)
	for _, c := range a {
		if !slices.Contains(b, c) {
			t.Errorf("only here: %s", c)
		}
	}
	for _, c := range b {
		if !slices.Contains(a, c) {
			t.Errorf("only there: %s", c)
		}
	}
	for _, p := range parts {
		if !slices.ContainsFunc(a, func(c string) bool { return strings.HasPrefix(c, p.table+".") }) {
			t.Errorf("move looks for a table %s", p.table)
		}
	}
	// Whoever adds a table decides whether it moves.
	stays := []string{"secrets", "sessions", "failed_logins", "replicas", "mailbox", "departures", "operators", "punch_arrivals"}
	for _, c := range a {
		table, _, _ := strings.Cut(c, ".")
		if !slices.Contains(stays, table) && !slices.ContainsFunc(parts, func(p part) bool { return p.table == table }) {
			t.Errorf("the table %s neither moves nor stays", table)
		}
	}
}
