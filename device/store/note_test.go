package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// halves of a day: what the database has, and what only its log has.
const inDatabase, inLog = 20, 7

// killedTablet makes the files of a tablet that was killed: of its rows the last
// inLog are in its log only.
func killedTablet(t *testing.T) (dir string, rows []device.Row, person attendance.Profile) {
	t.Helper()
	from := t.TempDir()
	s := open(t, from)
	if err := s.Activate(t.Context(), realGrant(t)); err != nil {
		t.Fatal(err)
	}
	person = attendance.Profile{ID: "p1", Number: "9001", FirstName: "Anna", LastName: "Berg"}
	if err := s.ApplyFeed(t.Context(), device.RosterUpdate{Changes: []device.RosterChange{{Profile: &person}}}); err != nil {
		t.Fatal(err)
	}
	j := journalOver(s)
	for i := range inDatabase + inLog {
		if i == inDatabase { // closing brings the log into the database
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, from)
			j = journalOver(s)
		}
		rows = append(rows, add(t, j))
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "tablet.db-shm")); err != nil {
		t.Fatal(err)
	}
	return dir, rows, person
}

// A file-system check deletes the log of a tablet that lost power, or makes it
// empty, or nothing: rows that people saw confirmed are gone with it. The tablet
// notices, says how many, and uses none of their numbers again.
func TestVanishedLogIsNoticed(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(t *testing.T, path string){
		"deleted": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"empty":        func(t *testing.T, path string) { put(t, path, nil) },
		"a few bytes":  func(t *testing.T, path string) { put(t, path, make([]byte, 20)) },
		"zeros":        func(t *testing.T, path string) { put(t, path, make([]byte, size(t, path))) },
		"header alone": func(t *testing.T, path string) { cut(t, path, 32) },
		"one transaction less": func(t *testing.T, path string) {
			log := read(t, path)
			at := transactions(log)
			cut(t, path, int64(at[len(at)-2]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, rows, person := killedTablet(t)
			vanish(t, filepath.Join(dir, "tablet.db-wal"))
			if err := store.Check(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
				t.Errorf("check: %v, want damaged", err)
			}
			if s, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
				if err == nil {
					_ = s.Close()
				}
				t.Fatalf("open: %v, want damaged", err)
			}
			report, err := store.Salvage(t.Context(), dir, time.Now())
			if err != nil || !report.Same {
				t.Fatalf("%+v, %v", report, err)
			}
			last := len(rows)
			s := report.Streams[0]
			if len(report.Streams) != 1 || len(s.Missing) != 1 || s.Missing[0].From != s.Last+1 || s.Missing[0].To != uint64(last) || s.Last < inDatabase {
				t.Errorf("report %+v; want rows up to %d missing", report, last)
			}
			again := open(t, dir)
			if _, untold, err := again.Salvaged(t.Context()); err != nil || !untold {
				t.Errorf("what is lost is not to be told: %v, %v", untold, err)
			}
			if next := add(t, journalOver(again)); next.Stream == rows[0].Stream || next.Seq != 1 {
				t.Errorf("the next row is %d of stream %s, which had it before", next.Seq, next.Stream)
			}
			left, err := again.Left(t.Context())
			if err != nil || len(left) != 1 || left[0].Stream != rows[0].Stream || left[0].Head != s.Last {
				t.Errorf("%+v is told once more, %v", left, err)
			}
			if _, there, err := again.Profile(t.Context(), person.ID); err != nil || there != (name != "zeros" && name != "header alone" && name != "one transaction less") {
				t.Errorf("the person is known: %v, %v", there, err)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			open(t, dir)
		})
	}
}

// The rotten bytes are the newest row's own: SQLite takes its transaction for one
// that was never finished. The tick of it was shown, and the note knows.
func TestRotInTheNewestRowIsNoticed(t *testing.T) {
	t.Parallel()
	dir, rows, _ := killedTablet(t)
	path := filepath.Join(dir, "tablet.db-wal")
	log := read(t, path)
	at := transactions(log)
	for i := at[len(at)-2]; i < at[len(at)-1]; i += 3 {
		log[i] ^= 0x55
	}
	put(t, path, log)
	if s, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
		if err == nil {
			_ = s.Close()
		}
		t.Fatalf("open: %v, want damaged", err)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil || len(report.Streams) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if s := report.Streams[0]; len(s.Missing) != 1 || s.Missing[0] != (device.Span{From: uint64(len(rows)), To: uint64(len(rows))}) {
		t.Errorf("report %+v", report)
	}
}

// An older copy of the database alone is put in its place: what came since is
// missed.
func TestOlderDatabaseIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	row := func() device.Row { return add(t, j) }
	row()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	older := read(t, filepath.Join(dir, "tablet.db"))
	s = open(t, dir)
	j = journalOver(s)
	newest := row()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "tablet.db"), older)
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
		t.Fatalf("open: %v, want damaged", err)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil || len(report.Streams) != 1 || len(report.Streams[0].Missing) != 1 || report.Streams[0].Missing[0] != (device.Span{From: newest.Seq, To: newest.Seq}) {
		t.Fatalf("%+v, %v", report, err)
	}
	s = open(t, dir)
	if next := add(t, journalOver(s)); next.Stream == newest.Stream {
		t.Error("a number is used twice")
	}
}

// A stream that was begun in the log that is gone is gone with all its rows. The
// tablet misses it once, not at each start.
func TestVanishedStreamIsMissedOnce(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	s := activated(t, from)
	first := add(t, journalOver(s))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, from)
	if err := s.Restream(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := add(t, journalOver(s))
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tablet.db-wal", "tablet.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
		t.Fatalf("open: %v, want damaged", err)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil || len(report.Streams) != 2 || report.Streams[0].Stream != first.Stream || report.Streams[0].Found != 1 || report.Streams[1].Stream != last.Stream ||
		len(report.Streams[1].Missing) != 1 || report.Streams[1].Missing[0] != (device.Span{From: 1, To: last.Seq}) {
		t.Fatalf("%+v, %v", report, err)
	}
	s = open(t, dir)
	if next := add(t, journalOver(s)); next.Stream == first.Stream || next.Stream == last.Stream {
		t.Error("a number is used twice")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// What is no damage is not taken for it: a tablet that is killed, closed, looked at
// and exported while it runs, read while it lies there, in any order, with or
// without something to write.
func TestNoteRaisesNoFalseAlarm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var stream uuid.UUID
	for round := range 12 {
		s := open(t, dir)
		if round%3 != 0 {
			stream = add(t, journalOver(s)).Stream
		}
		if round%4 == 1 {
			if err := s.Confirm(t.Context(), stream, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
		if round%4 == 2 {
			if err := s.Restream(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		look := func(dir string) {
			if stock, err := store.Take(t.Context(), filepath.Join(dir, "tablet.db"), true); err != nil || !stock.Whole {
				t.Fatalf("round %d: export: whole %v, %v", round, stock.Whole, err)
			}
			if err := store.Check(t.Context(), dir); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if _, end, err := store.Read(t.Context(), dir); err != nil || end() != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		look(dir)
		if round%2 == 0 { // killed: the copy goes on
			next := t.TempDir()
			if err := os.CopyFS(next, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			dir = next
		} else if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		look(dir)
	}
	open(t, dir)
}

// A punch costs no more syncs for being noted: one when a log begins, not one each.
func TestNoteIsSyncedOnceForALog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	before := store.NoteSyncs(dir)
	for range 100 {
		if _, err := j.Append(context.Background(), device.KindStarted, &wire.StartedPayload{}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := store.NoteSyncs(dir) - before; n > 1 {
		t.Errorf("%d syncs for 100 rows", n)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func size(t *testing.T, path string) int { return len(read(t, path)) }

func cut(t *testing.T, path string, at int64) {
	t.Helper()
	if err := os.Truncate(path, at); err != nil {
		t.Fatal(err)
	}
}

// A database that is no more than a torn beginning, with the stub of a log beside it:
// looking whether it can go on changes neither.
func TestLookingAtADamagedStoreLeavesItAsItIs(t *testing.T) {
	t.Parallel()
	dir, _, _ := killedTablet(t)
	cut(t, filepath.Join(dir, "tablet.db"), 45)
	cut(t, filepath.Join(dir, "tablet.db-wal"), 9)
	stub := read(t, filepath.Join(dir, "tablet.db-wal"))
	now := time.Unix(1_800_000_000, 0)
	if _, err := store.Salvage(t.Context(), dir, now); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"tablet.db": 45, "tablet.db-wal": len(stub)} {
		if got := size(t, filepath.Join(dir, name+".aside-20270115T080000Z")); got != want {
			t.Errorf("%s was set aside with %d bytes, it had %d", name, got, want)
		}
	}
}
