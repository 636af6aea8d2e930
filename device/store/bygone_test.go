package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"muster/device"
	"muster/device/store"
)

// leave has a tablet write rows, be told that they are safe, prune all but the newest,
// and go on in a new stream. It returns what the tablet should remember of the old one.
func leave(t *testing.T, s *store.Store, rows int) device.Standing {
	t.Helper()
	j := journalOver(s)
	for range rows {
		add(t, j)
	}
	stream, head := j.Stream(), j.Head()
	if err := s.Confirm(t.Context(), stream, head, nil); err != nil {
		t.Fatal(err)
	}
	before, _, err := s.Hash(t.Context(), stream, head-1)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), time.Now().Add(time.Hour).UnixMicro()); err != nil || gone == 0 {
		t.Fatalf("pruned %d, %v", gone, err)
	}
	if err := s.Restream(t.Context()); err != nil {
		t.Fatal(err)
	}
	return device.Standing{Stream: stream, Through: head - 1, Oldest: head, Last: head - 1, Before: before}
}

func remembers(t *testing.T, s *store.Store, want ...device.Standing) {
	t.Helper()
	if got, err := s.Bygone(t.Context()); err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("of streams that were left: %+v, %v; want %+v", got, err, want)
	}
}

// What a tablet has pruned of a stream that it has left it still knows after a restart,
// as long as it is asked for: of how many streams is bounded.
func TestLeftStreamsAreRemembered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	remembers(t, s)
	if err := s.Restream(t.Context()); err != nil { // nothing was settled in it
		t.Fatal(err)
	}
	remembers(t, s)
	all := []device.Standing{leave(t, s, 5), leave(t, s, 3)}
	if err := s.Restream(t.Context()); err != nil { // nothing was pruned
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	remembers(t, s, all...)
	// What the cloud answers about such a stream changes nothing.
	if err := s.Confirm(t.Context(), all[0].Stream, 2, []uint64{9}); err != nil {
		t.Error(err)
	}
	if moved, err := s.Rewind(t.Context(), all[0].Stream, 0); moved || err != nil {
		t.Errorf("moved %v, %v", moved, err)
	}
	if standing, err := s.Standing(t.Context()); err != nil || len(standing) != 1 {
		t.Errorf("of streams with rows: %+v, %v", standing, err)
	}
	for range 20 {
		all = append(all, leave(t, s, 2))
	}
	remembers(t, s, all[len(all)-16:]...)
}

// Only what the cloud had was safe: of a stream with rows before the oldest that nobody
// ever confirmed, no more than that is remembered, and no hash.
func TestLeftStreamWithAGap(t *testing.T) {
	t.Parallel()
	s := activated(t, t.TempDir())
	j := journalOver(s)
	for range 8 {
		add(t, j)
	}
	old := j.Stream()
	if err := s.Confirm(t.Context(), old, 3, []uint64{6}); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), time.Now().Add(time.Hour).UnixMicro()); err != nil || gone != 3 {
		t.Fatalf("pruned %d, %v", gone, err)
	}
	fourth, err := s.Unconfirmed(t.Context(), 0, 4, 1)
	if err != nil || len(fourth) != 1 {
		t.Fatal(fourth, err)
	}
	if err := s.Restream(t.Context()); err != nil {
		t.Fatal(err)
	}
	remembers(t, s, device.Standing{Stream: old, Through: 3, Oldest: 4, Last: 3, Before: fourth[0].Prev})
}

// A damaged database takes it with it, so it is in the second copy too; but a tablet
// that doesn't know any more who it was says nothing of it.
func TestLeftStreamsAreSalvaged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		same   bool
	}{
		"the database": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "tablet.db"), make([]byte, 8192))
		}, true},
		"its log": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "tablet.db-wal")); err != nil {
				t.Fatal(err)
			}
		}, true},
		"the database and the second copy": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "tablet.db"), make([]byte, 8192))
			put(t, filepath.Join(dir, "tablet.spare"), []byte("?"))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, dir := t.TempDir(), t.TempDir()
			s := open(t, from)
			if err := s.Activate(t.Context(), realGrant(t)); err != nil {
				t.Fatal(err)
			}
			add(t, journalOver(s))
			if err := s.Close(); err != nil { // the rest is in the log
				t.Fatal(err)
			}
			s = open(t, from)
			left := leave(t, s, 5)
			add(t, journalOver(s))
			if err := os.CopyFS(dir, os.DirFS(from)); err != nil { // as the power goes
				t.Fatal(err)
			}
			c.damage(t, dir)
			if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || report.Same != c.same {
				t.Fatalf("%+v, %v", report, err)
			}
			if s = open(t, dir); !c.same {
				remembers(t, s)
				return
			}
			remembers(t, s, left)
			if err := s.Confirm(t.Context(), left.Stream, 0, nil); err != nil {
				t.Errorf("an answer about it: %v", err)
			}
		})
	}
}

// The database was set back to an older copy, of a version that didn't remember them. The
// second copy was not, and the database stays in use.
func TestLeftStreamsOutliveAnOlderDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tablet.db")
	s := open(t, dir)
	if err := s.Activate(t.Context(), realGrant(t)); err != nil {
		t.Fatal(err)
	}
	add(t, journalOver(s))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `DROP TABLE bygone; DELETE FROM goose_db_version WHERE version_id = 28; PRAGMA wal_checkpoint(TRUNCATE)`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	older := read(t, path)
	s = open(t, dir)
	all := []device.Standing{leave(t, s, 5), leave(t, s, 3)} // the copy knows the first stream alone
	add(t, journalOver(s))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, path, older)
	if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || !report.Same {
		t.Fatalf("%+v, %v", report, err)
	}
	if aside, err := filepath.Glob(path + ".aside-*"); err != nil || len(aside) > 0 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
	s = open(t, dir)
	remembers(t, s, all...)
	if err := s.Confirm(t.Context(), all[1].Stream, 0, nil); err != nil {
		t.Errorf("an answer about it: %v", err)
	}
}
