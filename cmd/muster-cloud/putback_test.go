package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"muster/cloud/store/sqlite"
)

// A cloud was killed, so that its log stands beside its database, and a backup is put in
// its place: the log is not taken for the backup's, the database is whole and as the
// backup has it, and what was there can still be opened.
func TestBackupIsPutBackBesideALog(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "cloud.db")
	db, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	note := func(n int) {
		t.Helper()
		if _, err := db.Write.ExecContext(t.Context(), `INSERT INTO secrets (name, value) VALUES ('note-' || hex(randomblob(8)), randomblob(?))`, n); err != nil {
			t.Fatal(err)
		}
	}
	count := func(path string) (n int) {
		t.Helper()
		if err := sqlite.Whole(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		d, err := sqlite.Connect(path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close() //nolint:errcheck // only read
		if err := d.Read.QueryRowContext(t.Context(), `SELECT count(*) FROM secrets WHERE name LIKE 'note-%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	note(9000)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := db.Write.ExecContext(t.Context(), `VACUUM INTO ?`, backup); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		note(9000)
	}
	killed := t.TempDir() // what a kill leaves
	for _, name := range []string{"cloud.db", "cloud.db-wal"} {
		if err := copyTo(filepath.Join(data, name), filepath.Join(killed, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (&restoredCommand{Data: killed, Backup: backup}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(filepath.Join(killed, "cloud.db")); n != 1 {
		t.Errorf("the database has %d notes, the backup 1", n)
	}
	replaced, err := filepath.Glob(filepath.Join(killed, "cloud.db.replaced-*[0-9]"))
	if err != nil || len(replaced) != 1 {
		t.Fatalf("%q, %v", replaced, err)
	}
	if n := count(replaced[0]); n != 21 {
		t.Errorf("what was there has %d notes, not 21", n)
	}
	if _, err := os.Stat(filepath.Join(killed, "cloud.db-wal")); err == nil {
		t.Error("a log is left")
	}
}

// What is no whole database is not put in place, and nothing is under a running cloud.
func TestBadBackupChangesNothing(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	c.exec(`VACUUM INTO '` + good + `'`)
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := append([]byte(nil), whole...)
	for i := 4096; i < len(spoiled); i += 3 {
		spoiled[i] ^= 0x55
	}
	data := filepath.Join(dir, "data")
	db := filepath.Join(data, "cloud.db")
	if err := errors.Join(os.Mkdir(data, 0o700), os.WriteFile(db, whole, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"spoiled": spoiled, "cut off": whole[:len(whole)/2], "text": []byte("select 1"), "empty": nil} {
		bad := filepath.Join(dir, name)
		if err := os.WriteFile(bad, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (&restoredCommand{Data: data, Backup: bad}).Run(t.Context()); err == nil {
			t.Errorf("%s: it was put in place", name)
		}
		if now, err := os.ReadFile(db); err != nil || string(now) != string(whole) {
			t.Errorf("%s: the database was changed, %v", name, err)
		}
		if left, err := filepath.Glob(db + ".*"); err != nil || len(left) > 0 {
			t.Errorf("%s: %q is left, %v", name, left, err)
		}
	}
	running, err := openFolder(data)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close() //nolint:errcheck // of a test
	if err := (&restoredCommand{Data: data, Backup: good}).Run(t.Context()); err == nil {
		t.Error("it was put in place under a running cloud")
	}
}
