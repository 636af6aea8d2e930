package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

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
		found  uint64 // how many of the rows that were pruned
		gone   []device.Span
	}{
		"the database": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "tablet.db"), make([]byte, 8192))
		}, true, 5, nil},
		"its log": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "tablet.db-wal")); err != nil {
				t.Fatal(err)
			}
		}, true, 1, []device.Span{{From: 2, To: 5}}},
		"the database and the second copy": {func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "tablet.db"), make([]byte, 8192))
			put(t, filepath.Join(dir, "tablet.spare"), []byte("?"))
		}, false, 0, nil},
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
			// Rows that were in the damaged files are told before others are missed.
			remembers(t, s)
			waiting, err := s.Left(t.Context())
			if err != nil || len(waiting) == 0 || waiting[0].Stream != left.Stream || waiting[0].Head != c.found {
				t.Fatalf("%+v, %v", waiting, err)
			}
			if err := s.Confirm(t.Context(), left.Stream, c.found, nil); err != nil {
				t.Errorf("an answer about it: %v", err)
			}
			isBehind(t, s, left.Stream, nil, c.gone)
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
	remembers(t, s, all[1])
	if err := s.Confirm(t.Context(), all[1].Stream, 0, nil); err != nil {
		t.Errorf("an answer about it: %v", err)
	}
	// Of the first there is a row again: what else was pruned is told beside it.
	if err := s.Confirm(t.Context(), all[0].Stream, 1, nil); err != nil {
		t.Fatal(err)
	}
	isBehind(t, s, all[0].Stream, nil, []device.Span{{From: 2, To: 5}})
}

// comeBack has a tablet write rows, prune some, write more, leave the stream with all but the
// last of it pruned, and get the database of before the latter back. It returns what the
// tablet remembered of the stream.
func comeBack(t *testing.T, rows, pruned, more int) (dir string, s *store.Store, left device.Standing) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "tablet.db")
	s = open(t, dir)
	if err := s.Activate(t.Context(), realGrant(t)); err != nil {
		t.Fatal(err)
	}
	j := journalOver(s)
	for i := range rows {
		if add(t, j); pruned == 0 || i != pruned {
			continue
		}
		if err := s.Confirm(t.Context(), j.Stream(), j.Head(), nil); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Prune(t.Context(), time.Now().Add(time.Hour).UnixMicro()); err != nil || gone != int64(pruned) {
			t.Fatalf("pruned %d, %v", gone, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	older := read(t, path)
	s = open(t, dir)
	left = leave(t, s, more)
	add(t, journalOver(s))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, path, older)
	if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || !report.Same {
		t.Fatalf("%+v, %v", report, err)
	}
	return dir, open(t, dir), left
}

// An older database has rows of a stream that was left since. They count as here, not as
// pruned, and are told once more: in their own stream, and where the cloud loses them
// later, in a new one. Of what came before and behind them nobody else knows.
func TestLeftStreamComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pruned, more int // before and after the older database
		here         []uint64
		gone         []device.Span
		still        uint64 // how far it is remembered once its rows are told elsewhere
	}{
		"whole":                           {0, 0, []uint64{1, 2, 3, 4, 5, 6}, nil, 0},
		"without its end":                 {0, 3, []uint64{1, 2, 3, 4, 5, 6}, []device.Span{{From: 7, To: 8}}, 8},
		"without its beginning":           {3, 0, []uint64{4, 5, 6}, []device.Span{{From: 1, To: 3}}, 3},
		"without its beginning or an end": {3, 2, []uint64{4, 5, 6}, []device.Span{{From: 1, To: 3}, {From: 7, To: 7}}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, s, left := comeBack(t, 6, c.pruned, c.more)
			remembers(t, s)
			isBehind(t, s, left.Stream, nil, nil)
			waiting, err := s.Left(t.Context())
			if err != nil || len(waiting) != 1 || waiting[0].Head != 6 {
				t.Fatal(waiting, err)
			}
			first, err := waiting[0].Unconfirmed(t.Context(), 0, 6, 1)
			if err != nil || len(first) != 1 {
				t.Fatal(first, err)
			}
			through, here := uint64(6), []device.Span(nil)
			if c.pruned > 0 { // the cloud was set back too, and has no more of it than what is told now
				through, here = 0, []device.Span{{From: 4, To: 6}}
			}
			if err := waiting[0].Confirm(t.Context(), left.Stream, through, c.here); err != nil {
				t.Fatal(err)
			}
			remembers(t, s)
			isBehind(t, s, left.Stream, here, c.gone)
			if err := waiting[0].Retell(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Restream(t.Context()); err != nil {
				t.Fatal(err)
			}
			switch c.still {
			case 0:
				remembers(t, s)
			case left.Through:
				remembers(t, s, left)
			default:
				remembers(t, s, device.Standing{Stream: left.Stream, Through: c.still, Oldest: c.still + 1, Last: c.still, Before: first[0].Prev})
			}
		})
	}
}

// What a tablet remembers of a stream of which it has rows again outlives these rows.
func TestLeftStreamIsRememberedBesideItsRows(t *testing.T) {
	t.Parallel()
	dir, s, left := comeBack(t, 6, 0, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{"", "-wal"} {
		put(t, filepath.Join(dir, "tablet.db"+ending), make([]byte, 8192))
	}
	if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || !report.Same {
		t.Fatalf("%+v, %v", report, err)
	}
	remembers(t, open(t, dir), left)
}

// isBehind looks what of a stream is told behind its gaps.
func isBehind(t *testing.T, s *store.Store, stream uuid.UUID, here, gone []device.Span) {
	t.Helper()
	h, g, err := s.Behind(t.Context(), stream)
	if err != nil || !slices.Equal(h, here) || !slices.Equal(g, gone) {
		t.Errorf("behind gaps: %v here, %v gone, %v; want %v and %v", h, g, err, here, gone)
	}
}
