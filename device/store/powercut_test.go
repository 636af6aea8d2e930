package store_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/internal/powercut"
	"muster/sync/wire"
)

// What the tablet does and says, between its writes.
type (
	markerMade struct{}            // the store is open and says so on the disk
	begun      struct{ seq int64 } // a row is being written
	ticked     struct{ row device.Row }
	confirmed  struct{ through uint64 } // written down and committed
)

// The power goes at any moment, and the disk loses, tears and overtakes what was
// not made safe: every tick that was shown is there, the chain is whole, nothing
// was invented but the one row that was being written, and the tablet goes on.
func TestPowerCutLosesNothing(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rec, err := powercut.Record(dir)
	if err != nil {
		t.Fatal(err)
	}
	aDayOfWork(t, rec, dir)
	rec.Stop()

	seed := uint64(time.Now().UnixNano())
	t.Logf("%d writes, syncs and ticks; dice %d", rec.Len(), seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	after := t.TempDir()
	const cuts = 60
	torn := 0
	for range cuts {
		n := dice.IntN(rec.Len() + 1)
		marks, err := rec.Cut(n, dice, after)
		if err != nil {
			t.Fatal(err)
		}
		if afterCut(t, n, marks, after) {
			torn++
		}
		if t.Failed() {
			return
		}
		if err := powercut.Clear(after); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d cuts left a row that was written and could not be told from a confirmed one", torn, cuts)
	if torn > cuts/5 {
		t.Error("a power cut is taken for damage")
	}
}

// aDayOfWork activates a tablet, writes rows enough for checkpoints, has some
// confirmed and pruned, and restarts in the middle.
func aDayOfWork(t *testing.T, rec *powercut.Recording, dir string) {
	t.Helper()
	s := activated(t, dir)
	rec.Mark(markerMade{})
	j := journalOver(s)
	for i := range 400 {
		rec.Mark(begun{int64(j.Head() + 1)})
		row, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: strings.Repeat("v", []int{20, 3000, 300, 3000}[i%4])}, device.Effect{})
		if err != nil {
			t.Fatal(err)
		}
		rec.Mark(ticked{row})
		switch {
		case i%10 == 5:
			if err := s.Confirm(t.Context(), row.Stream, row.Seq-3, []uint64{row.Seq}); err != nil {
				t.Fatal(err)
			}
			rec.Mark(confirmed{row.Seq - 3})
		case i == 150 || i == 300:
			if _, err := s.Prune(t.Context(), row.Clock.Device.UnixMicro()); err != nil {
				t.Fatal(err)
			}
		case i == 200:
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
			j = journalOver(s)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// afterCut starts the tablet on what is left. Where the row that was being written
// has reached the disk whole, in a transaction that has not, nobody can tell it from
// one that was confirmed and that the disk has spoiled: then it is salvaged.
func afterCut(t *testing.T, n int, marks []any, dir string) (salvaged bool) {
	t.Helper()
	var writing int64
	ticks, through := map[uint64]device.Row{}, uint64(0)
	last := uint64(0)
	for _, m := range marks {
		switch m := m.(type) {
		case markerMade:
			put(t, filepath.Join(dir, "tablet.made"), nil)
		case begun:
			writing = m.seq
		case ticked:
			ticks[m.row.Seq], last = m.row, m.row.Seq
		case confirmed:
			through = m.through
		}
	}
	s, err := store.Open(t.Context(), dir)
	if errors.Is(err, device.ErrStorageDamaged) && uint64(writing) > last {
		return afterSalvage(t, n, ticks, through, uint64(writing), dir)
	}
	if err != nil {
		t.Errorf("cut at %d: %v", n, err)
		return false
	}
	defer s.Close() //nolint:errcheck // the test has failed or is through
	if writing == 0 {
		return false // it may be activated or not
	}
	head, err := s.Head(t.Context())
	if err != nil || head.Seq < last || head.Seq > uint64(writing) {
		t.Errorf("cut at %d: %d ticks were shown, %d rows begun, the journal ends at %d (%v)", n, last, writing, head.Seq, err)
		return false
	}
	if waiting, _, err := s.Waiting(t.Context()); err != nil || uint64(waiting) > head.Seq-through {
		t.Errorf("cut at %d: %d rows wait of %d, though %d were written down as confirmed (%v)", n, waiting, head.Seq, through, err)
	}
	next := add(t, journalOver(s))
	if next.Seq != head.Seq+1 {
		t.Errorf("cut at %d: row %d follows row %d", n, next.Seq, head.Seq)
	}
	rows, end, err := store.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	report := journal.Verify(func(yield func(device.Row) bool) {
		for r := range rows {
			if was, there := ticks[r.Seq]; there && was.Hash != r.Hash {
				t.Errorf("cut at %d: row %d is another than the one that was shown", n, r.Seq)
			}
			if !yield(r) {
				return
			}
		}
	})
	if err := end(); err != nil || len(report.Faults) > 0 {
		t.Errorf("cut at %d: %v %v", n, report.Faults, err)
	}
	if first := report.Streams[0].First; first > max(1, through+1) {
		t.Errorf("cut at %d: rows from %d on are left, and only those to %d were confirmed", n, first, through)
	}
	return false
}

func afterSalvage(t *testing.T, n int, ticks map[uint64]device.Row, through, writing uint64, dir string) bool {
	t.Helper()
	if _, err := store.Salvage(t.Context(), dir, time.Now()); err != nil {
		t.Errorf("cut at %d: %v", n, err)
		return true
	}
	found := map[uint64]device.Row{}
	for _, row := range journalOf(t, dir) {
		found[row.Seq] = row
	}
	for seq, row := range ticks {
		if seq > through && found[seq].Hash != row.Hash {
			t.Errorf("cut at %d: row %d was shown and is not salvaged", n, seq)
		}
	}
	if found[writing].Seq == 0 {
		t.Errorf("cut at %d: salvaged though nothing was there that was not confirmed", n)
	}
	return true
}
