package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// A row that was changed is never passed off as good: it is kept apart, and sent
// as what it is.
func TestSalvageTellsDamagedRows(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 100)
	dir := t.TempDir()
	var victim device.Row
	for _, row := range ledger {
		if row.Seq == 40 {
			victim = row
		}
	}
	for name, text := range files {
		if strings.HasPrefix(name, "tablet.db") {
			text = []byte(strings.ReplaceAll(string(text), string(victim.Payload), strings.Repeat("x", len(victim.Payload))))
		}
		put(t, filepath.Join(dir, name), text)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s := report.Streams[0]; s.Found != 99 || s.Damaged != 1 || len(s.Missing) != 1 || s.Missing[0] != (device.Span{From: 40, To: 40}) {
		t.Fatalf("report %+v", report)
	}
	s := open(t, dir)
	left, err := s.Left(t.Context())
	if err != nil || len(left) != 1 || left[0].Stream != victim.Stream || left[0].Head != 100 {
		t.Fatalf("left %+v, %v", left, err)
	}
	bodies, err := left[0].Damaged(t.Context(), 10)
	if err != nil || len(bodies) != 1 {
		t.Fatal(len(bodies), err)
	}
	batch := wire.UnpackBatch(wire.PackBodies(bodies))
	if len(batch.Rows) != 0 || len(batch.Broken) != 1 || batch.Broken[0].Reason != "wrong-hash" || batch.Broken[0].Seq != 40 {
		t.Errorf("the cloud would take it for %+v", batch)
	}
	if n, _, err := s.Waiting(t.Context()); err != nil || n != 100 {
		t.Errorf("%d wait, %v", n, err)
	}
	if err := s.Confirm(t.Context(), victim.Stream, 50, nil); err != nil {
		t.Fatal(err)
	}
	rows, err := left[0].Unconfirmed(t.Context(), 0, 1<<62, 1000)
	if err != nil || len(rows) != 50 || rows[0].Seq != 51 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if err := s.Confirm(t.Context(), victim.Stream, 50, seqs(51, 100)); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Left(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left %+v, %v", left, err)
	}
}

func seqs(from, to uint64) (all []uint64) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

// Without its identity the tablet has to be activated again. What was found is
// not sent under a new name, but kept.
func TestSalvageWithoutIdentity(t *testing.T) {
	t.Parallel()
	files, ledger, g := tabletFiles(t, 50)
	dir := t.TempDir()
	for name, text := range files {
		if name == "tablet.spare" {
			continue
		}
		text = []byte(strings.ReplaceAll(string(text), `"Identity"`, `"Idenxxty"`))
		text = []byte(strings.ReplaceAll(string(text), `"Authority"`, `"Auxxority"`))
		put(t, filepath.Join(dir, name), text)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil || report.Same {
		t.Fatalf("%+v, %v", report, err)
	}
	s := open(t, dir)
	if _, ok, err := s.Identity(t.Context()); ok || err != nil {
		t.Fatal(ok, err)
	}
	again := realGrant(t)
	if err := s.Activate(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Left(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("sent under the new name: %+v, %v", left, err)
	}
	if n, err := s.Held(t.Context()); err != nil || n != len(ledger) {
		t.Errorf("%d held, %v", n, err)
	}
	if _, last, err := s.History(t.Context(), attendance.ProfileID("x"), time.Time{}, attendance.ClockReading{}); err != nil || last.Profile != "" {
		t.Error(last, err)
	}
	_ = g
}

// SQLite passes over a log that it can't read. What people saw confirmed is in
// it, so the tablet doesn't.
func TestBrokenLogIsNoticed(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 100)
	for name, at := range map[string]int{"header": 3, "first frame": 100, "tenth frame": 10 * 4120} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range files {
				text = append([]byte(nil), text...)
				if name == "tablet.db-wal" {
					text[at] ^= 0xff
				}
				put(t, filepath.Join(dir, name), text)
			}
			if s, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
				if err == nil {
					_ = s.Close()
				}
				t.Fatalf("open: %v, want damaged", err)
			}
			if _, err := store.Salvage(t.Context(), dir, time.Now()); err != nil {
				t.Fatal(err)
			}
			if found := journalOf(t, dir); len(found) < len(ledger)-1 {
				t.Errorf("%d of %d rows", len(found), len(ledger))
			}
			open(t, dir)
		})
	}
}

// One record that can't be read stops nothing: neither the start nor the rows
// behind it.
func TestOneBadRecordFreezesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	p := attendance.Punch{Profile: "p1", Direction: attendance.In}
	for range 3 {
		if _, err := j.Append(t.Context(), device.KindPunch, &wire.PunchPayload{ProfileId: "p1", Direction: wire.Direction_DIRECTION_IN}, device.Effect{Punch: &p}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, "tablet.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE journal SET payload = x'ffffff', kind = CAST(x'70756e6368' AS TEXT), id = x'01', boot = CAST(x'ff61' AS TEXT) WHERE seq = 2`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if got := s.Unreadable(); got != 1 {
		t.Errorf("%d punches can't be read, want 1", got)
	}
	punches, _, err := s.History(t.Context(), "p1", time.Time{}, attendance.ClockReading{})
	if err != nil || len(punches) != 2 {
		t.Errorf("%d punches, %v", len(punches), err)
	}
	rows, err := s.Unconfirmed(t.Context(), 0, 10, 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var batch wire.JournalBatch
	for _, r := range rows {
		batch.Rows = append(batch.Rows, wire.FromRow(r))
	}
	body, err := proto.Marshal(&batch)
	if err != nil {
		t.Fatal(err)
	}
	if d := wire.UnpackBatch(body); len(d.Rows) != 2 || len(d.Broken) != 1 || d.Broken[0].Seq != 2 || d.Broken[0].Reason != "wrong-hash" {
		t.Errorf("the cloud gets %+v", d)
	}
}

// Nothing that a file can hold makes the search fail.
func FuzzSalvage(f *testing.F) {
	files, _, _ := tabletFiles(f, 30)
	f.Add(files["tablet.db"], files["tablet.db-wal"], files["tablet.spare"])
	f.Add([]byte("no database"), []byte{}, []byte("x"))
	f.Fuzz(func(t *testing.T, db, log, spare []byte) {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "tablet.db"), db)
		put(t, filepath.Join(dir, "tablet.db-wal"), log)
		put(t, filepath.Join(dir, "tablet.spare"), spare)
		put(t, filepath.Join(dir, "tablet.made"), nil)
		if s, err := store.Open(t.Context(), dir); err == nil {
			_ = s.Close()
		}
		if _, err := store.Salvage(t.Context(), dir, time.Now()); err != nil {
			t.Fatal(err)
		}
		open(t, dir)
		for _, r := range journalOf(t, dir) {
			if r.Seq == 0 {
				t.Error("a row without a number")
			}
		}
	})
}
