package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/device/store"
)

// A salvaged stream in whose places the cloud has other rows: all of it goes out in
// the new stream, also what was confirmed by then, for that may have been meant for
// the others. A damaged row stays what it is, and nothing is told twice.
func TestRetellTakesAForkedStreamAlong(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 60)
	dir := t.TempDir()
	damaged := uuid.UUID{}
	for id, row := range ledger {
		if row.Seq != 20 {
			continue
		}
		damaged = id
		for _, name := range []string{"tablet.db", "tablet.db-wal"} {
			files[name] = []byte(strings.ReplaceAll(string(files[name]), string(row.Payload), strings.Repeat("x", len(row.Payload))))
		}
	}
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || !report.Same || report.Streams[0].Damaged != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	s := open(t, dir)
	now := add(t, journalOver(s)) // somebody taps meanwhile
	left, err := s.Left(t.Context())
	if err != nil || len(left) != 1 {
		t.Fatal(len(left), err)
	}
	old := left[0].Stream
	if err := left[0].Confirm(t.Context(), old, 10, []uint64{30, 31}); err != nil {
		t.Fatal(err)
	}
	if err := left[0].Retell(t.Context()); err != nil {
		t.Fatal(err)
	}
	// That rows of it wait is what begins a new stream.
	standing, err := s.Standing(t.Context())
	if err != nil || len(standing) != 2 || standing[0].Stream != old || standing[0].Last != 60 || standing[0].Through != 0 {
		t.Fatalf("%+v, %v", standing, err)
	}
	if err := s.Restream(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Unconfirmed(t.Context(), 0, 1<<62, -1)
	if err != nil || len(rows) != len(ledger)-1+1 {
		t.Fatalf("%d rows, %v; want all but the damaged one, and the new one", len(rows), err)
	}
	for i, row := range rows {
		if row.Seq != uint64(i+1) || row.Sum() != row.Hash || row.Stream == old || i > 0 && row.Prev != rows[i-1].Hash {
			t.Errorf("row %d stands at %d of stream %s", row.Seq, i, row.Stream)
		}
		was, known := ledger[row.ID]
		if !known && row.ID != now.ID || row.ID == damaged || known && string(was.Payload) != string(row.Payload) {
			t.Errorf("row %d tells something else", row.Seq)
		}
		delete(ledger, row.ID)
	}
	if len(ledger) != 1 {
		t.Errorf("%d rows are not told", len(ledger)-1)
	}
	if left, err = s.Left(t.Context()); err != nil || len(left) != 1 || left[0].Stream != old {
		t.Fatalf("the damaged row is not sent: %+v, %v", left, err)
	}
	if bodies, err := left[0].Damaged(t.Context(), 10); err != nil || len(bodies) != 1 {
		t.Error(len(bodies), err)
	}
	if waiting, err := left[0].Unconfirmed(t.Context(), 0, 1<<62, -1); err != nil || len(waiting) != 0 {
		t.Errorf("%d rows would be sent twice, %v", len(waiting), err)
	}
}
