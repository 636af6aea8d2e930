package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A backup was being put in the place of the database when the power went: no cloud
// begins anew in that folder, and it is said what to do.
func TestNoEmptyCloudWhereADatabaseWas(t *testing.T) {
	t.Parallel()
	for name, left := range map[string][]string{
		"all moved aside":            {"cloud.db.replaced-20261122T120000.000", "cloud.db.new"},
		"nothing but what was":       {"cloud.db.replaced-20261122T120000.000"},
		"an empty file in its place": {"cloud.db.replaced-20261122T120000.000", "cloud.db"},
		"into an empty folder":       {"cloud.db.new"},
		"ready to be put in place":   {"cloud.db", "cloud.db.restoring-20261122T120000.000"},
	} {
		data := t.TempDir()
		for _, file := range left {
			text := []byte("something")
			if file == "cloud.db" && name == "an empty file in its place" {
				text = nil
			}
			if err := os.WriteFile(filepath.Join(data, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := names(t, data)
		c := serveCommand{Data: data, HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0"}
		m, err := open(t.Context(), c, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err == nil {
			t.Errorf("%s: a cloud begins anew", name)
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if !strings.Contains(err.Error(), "restored --backup") {
			t.Errorf("%s: %v", name, err)
		}
		if after := names(t, data); !slices.Equal(before, after) {
			t.Errorf("%s: %q has become %q", name, before, after)
		}
	}
}

// names returns what is in a folder, but for what any start of a cloud leaves.
func names(t *testing.T, data string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != "scratch" {
			all = append(all, e.Name())
		}
	}
	return all
}

// readyToPlace is a cloud that was killed, a backup, and what is left to be done to have that in
// place: a copy of it lies ready.
func readyToPlace(t *testing.T) (killed, backup string, p place) {
	t.Helper()
	killed, backup = killedCloud(t)
	p, err := placeFor(filepath.Join(killed, "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(copyWhole(t.Context(), backup, p.fresh()), settled(p.fresh())); err != nil {
		t.Fatal(err)
	}
	return killed, backup, p
}

// The command was cut off in the midst of it and is given again with what is no backup, or
// with another one: no cloud starts until one is in place, and what was there is kept.
func TestAnotherBackupAfterACut(t *testing.T) {
	t.Parallel()
	killed, backup, p := readyToPlace(t)
	for _, c := range p.changes()[:4] { // the log is aside, the database isn't
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
	}
	bad := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(bad, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := (&restoredCommand{Data: killed, Backup: bad}).Run(t.Context()); err == nil {
			t.Error("it was put in place")
		}
		if err := (&restoredCommand{Data: killed}).Run(t.Context()); err == nil {
			t.Error("a database without its log was opened")
		}
		if unfinished(p.database) == nil {
			t.Error("a cloud may start on a database without its log")
		}
	}
	if err := (&restoredCommand{Data: killed, Backup: backup}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	putBackThere(t, killed)
}

// The power is cut at each instant of the changes that put a backup in place; of those
// that had not reached the disk any are done and any are not. What was there is there, as
// it was, or the backup is, or no cloud starts; and the command, given again, ends what it
// began and keeps what was there.
func TestPowerCutWhileABackupIsPutBack(t *testing.T) {
	t.Parallel()
	killed, backup, p := readyToPlace(t)
	changes := len(p.changes())
	seen := map[string]int{}
	for synced, at := 0, 0; at <= changes; at++ {
		for which := range 1 << (at - synced) { // of the changes since the last sync
			data := t.TempDir()
			copyFiles(t, killed, data)
			p := place{filepath.Join(data, "cloud.db"), p.stamp}
			for i, c := range p.changes()[:at] {
				if i >= synced && which&(1<<(i-synced)) == 0 {
					continue
				}
				if err := c.do(); err != nil {
					t.Fatalf("change %d: %v", i, err)
				}
			}
			seen[afterCut(t, p, backup)]++
		}
		if at < changes && p.changes()[at].sync != "" {
			synced = at + 1
		}
	}
	t.Logf("%v", seen)
	if seen["refused"] < 8 || seen["old"] < 2 || seen["new"] < 2 {
		t.Errorf("not every kind of instant was tried: %v", seen)
	}
}

// afterCut checks what stands in a folder after a cut, does the command again, and returns
// which it was.
func afterCut(t *testing.T, p place, backup string) (which string) {
	t.Helper()
	again := func(want int) {
		t.Helper()
		copied := t.TempDir()
		copyFiles(t, filepath.Dir(p.database), copied)
		if n := notes(t, filepath.Join(copied, "cloud.db")); n != want {
			t.Errorf("%d notes, not %d", n, want)
		}
	}
	switch err := unfinished(p.database); {
	case err != nil:
		which = "refused"
	case exists(p.replaced()):
		again(1)
		putBackThere(t, filepath.Dir(p.database))
		return "new"
	default:
		again(21)
		which = "old"
	}
	if err := (&restoredCommand{Data: filepath.Dir(p.database), Backup: backup}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	putBackThere(t, filepath.Dir(p.database))
	return which
}

// The disk is full while a backup is put back, or the command can't be done to its copy:
// what was there stays as it is and can be used.
func TestBackupThatCantBeMadeReadyChangesNothing(t *testing.T) {
	t.Parallel()
	killed, backup := killedCloud(t)
	full := errors.New("no space left")
	if _, err := putBack(t.Context(), killed, backup, func(string) error { return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	// SQLite ends without a word when the log doesn't fit into the database any more.
	if _, err := putBack(t.Context(), killed, backup, func(path string) error {
		return os.WriteFile(path+logSuffix, []byte("a log"), 0o600)
	}); err == nil {
		t.Fatal("a database was put in place without its log")
	}
	database := filepath.Join(killed, "cloud.db")
	if err := unfinished(database); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(database + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
	if n := notes(t, database); n != 21 {
		t.Errorf("%d notes, not 21", n)
	}
}

// What an earlier run has made of a backup isn't one: it would be removed before it is read.
func TestOwnCopyIsNoBackup(t *testing.T) {
	t.Parallel()
	killed, backup := killedCloud(t)
	for _, name := range []string{"cloud.db.new", "cloud.db.restoring-20261122T120000.000"} {
		made := filepath.Join(killed, name)
		if err := copyTo(backup, made); err != nil {
			t.Fatal(err)
		}
		if err := (&restoredCommand{Data: killed, Backup: made}).Run(t.Context()); err == nil {
			t.Errorf("%s was taken for a backup", name)
		}
		if n := notes(t, made); n != 1 {
			t.Errorf("%s: %d notes", name, n)
		}
		if err := os.Remove(made); err != nil {
			t.Fatal(err)
		}
	}
}
