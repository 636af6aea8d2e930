package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"muster/cloud/store/sqlite"
)

// killedCloud returns the folder of a cloud that was killed, so that its log stands beside
// its database, with 21 notes, and a backup of it with one.
func killedCloud(t *testing.T) (folder, backup string) {
	t.Helper()
	data := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	note := func(n int) {
		t.Helper()
		if _, err := db.Write.ExecContext(t.Context(), `INSERT INTO secrets (name, value) VALUES ('note-' || hex(randomblob(8)), randomblob(?))`, n); err != nil {
			t.Fatal(err)
		}
	}
	note(9000)
	backup = filepath.Join(t.TempDir(), "backup.db")
	if _, err := db.Write.ExecContext(t.Context(), `VACUUM INTO ?`, backup); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		note(9000)
	}
	folder = t.TempDir()
	copyFiles(t, data, folder)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, backup
}

func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := copyTo(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// notes counts what killedCloud has noted in a database, which has to be whole.
func notes(t *testing.T, path string) (n int) {
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

// A backup is put in the place of the database of a cloud that was killed: the log is not
// taken for the backup's, the database is whole and as the backup has it, and what was
// there can still be opened.
func TestBackupIsPutBackBesideALog(t *testing.T) {
	t.Parallel()
	killed, backup := killedCloud(t)
	if err := (&restoredCommand{Data: killed, Backup: backup}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	putBackThere(t, killed)
}

// putBackThere checks that the backup is in place and what was there is beside it.
func putBackThere(t *testing.T, data string) {
	t.Helper()
	database := filepath.Join(data, "cloud.db")
	if err := unfinished(database); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(database + logSuffix); err == nil {
		t.Error("a log is left")
	}
	if n := notes(t, database); n != 1 {
		t.Errorf("the database has %d notes, the backup 1", n)
	}
	replaced, err := siblings(database, replacedSuffix)
	if err != nil || len(replaced) != 1 {
		t.Fatalf("%q, %v", replaced, err)
	}
	if n := notes(t, replaced[0]); n != 21 {
		t.Errorf("what was there has %d notes, not 21", n)
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
