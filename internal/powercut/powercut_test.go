//go:build cgo

package powercut_test

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"muster/internal/powercut"
)

// lost returns how many cuts, of some hundred, cost a row whose commit had
// returned, under a setting of SQLite's.
func lost(t *testing.T, synchronous string) (cuts int) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rec, err := powercut.Record(dir)
	if err != nil {
		t.Fatal(err)
	}
	open := func(dir string) *sql.DB {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "some.db")+"?_journal_mode=WAL&_synchronous="+synchronous)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open(dir)
	exec := func(query string) {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE things (n INTEGER PRIMARY KEY)`)
	for i := range 50 {
		exec(`INSERT INTO things DEFAULT VALUES`)
		rec.Mark(i + 1)
	}
	rec.Stop()
	dice, after := rand.New(rand.NewPCG(1, 2)), t.TempDir()
	for n := range rec.Len() + 1 {
		marks, err := rec.Cut(n, dice, after)
		if err != nil {
			t.Fatal(err)
		}
		found := open(after)
		var rows int
		if err := found.QueryRowContext(t.Context(), `SELECT count(*) FROM things`).Scan(&rows); err != nil {
			rows = 0
		}
		if rows < len(marks) {
			cuts++
		}
		if err := found.Close(); err != nil {
			t.Fatal(err)
		}
		if err := powercut.Clear(after); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return cuts
}

// A cut shows what is wrong where something is, and only there: SQLite promises
// a commit for good with FULL, and says of the other two that it doesn't.
func TestCutsFindWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	if n := lost(t, "FULL"); n != 0 {
		t.Errorf("%d cuts lose what SQLite has made safe", n)
	}
	for _, careless := range []string{"NORMAL", "OFF"} {
		if n := lost(t, careless); n == 0 {
			t.Errorf("no cut loses anything with synchronous=%s, as if the disk were perfect", careless)
		}
	}
}
