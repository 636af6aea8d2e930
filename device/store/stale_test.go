package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// A transaction that was refused, because the disk was full, may have left pages in
// the log behind the one that was written in its place. Of two rows with the same
// number the one counts that was confirmed, not the one that stands last.
func TestSalvageTakesWhatWasCommitted(t *testing.T) {
	t.Parallel()
	now, shown, refused, _ := twoInOnePlace(t)
	dir := t.TempDir()
	for name, text := range now {
		put(t, filepath.Join(dir, name), text)
	}
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	found := journalOf(t, dir)
	if _, there := found[shown.ID]; !there {
		t.Error("the row that was shown is lost")
	}
	if _, there := found[refused.ID]; there || len(report.Doubtful) > 0 {
		t.Error("the row that was refused counts, or might")
	}
}

// Nothing says which of two rows was confirmed: both stand where the log can't be
// read. One counts, the other is told as what it is, and exported.
func TestTwoInOnePlaceAreBothTold(t *testing.T) {
	t.Parallel()
	now, shown, refused, before := twoInOnePlace(t)
	for i := range 40 {
		now["tablet.db-wal"][before+24+i*100] ^= 0x55
	}
	dir := t.TempDir()
	for name, text := range now {
		put(t, filepath.Join(dir, name), text)
	}
	stock, err := store.Take(t.Context(), filepath.Join(dir, "tablet.db"), true)
	if err != nil || stock.Whole {
		t.Fatal(err, stock.Whole)
	}
	exported := 0
	for _, b := range stock.Own {
		if b.Seq == shown.Seq {
			exported++
		}
	}
	if exported != 2 {
		t.Errorf("%d rows are exported of the two", exported)
	}
	if _, err := store.Salvage(t.Context(), dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	found := journalOf(t, dir)
	_, one := found[shown.ID]
	_, other := found[refused.ID]
	if one == other {
		t.Errorf("in the journal: %v and %v, want one", one, other)
	}
	report, untold, err := open(t, dir).Salvaged(t.Context())
	if err != nil || !untold || len(report.Doubtful) != 1 {
		t.Fatalf("told as in doubt: %+v, %v", report.Doubtful, err)
	}
	if told := report.Doubtful[0]; told.Sum() != told.Hash || told.ID != shown.ID && told.ID != refused.ID || found[told.ID].Seq != 0 {
		t.Errorf("told as in doubt is %+v", told)
	}
}

// twoInOnePlace makes a store whose log has a row that was shown, and behind it
// one with the same number that was refused; before is where the transaction before
// these begins.
func twoInOnePlace(t *testing.T) (now map[string][]byte, shown, refused device.Row, before int) {
	t.Helper()
	files, _, _ := tabletFiles(t, 40)
	delete(files, "tablet.note") // it would tell of another log than what is made here
	// The same tablet writes one row, and the other in its place.
	write := func(version string) (row device.Row, now map[string][]byte) {
		dir := t.TempDir()
		for name, text := range files {
			put(t, filepath.Join(dir, name), text)
		}
		s, err := store.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // its files are what is looked at
		if row, err = journalOver(s).Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: version}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
		now = map[string][]byte{}
		for _, name := range []string{"tablet.db", "tablet.db-wal", "tablet.spare", "tablet.made"} {
			if now[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		return row, now
	}
	shown, now = write("shown")
	refused, other := write("refused")
	if shown.Seq != refused.Seq || shown.Stream != refused.Stream {
		t.Fatal("the rows are not in the same place")
	}
	log, left := now["tablet.db-wal"], other["tablet.db-wal"]
	all, its := transactions(log), transactions(left)
	if !bytes.Equal(log[16:24], left[16:24]) {
		t.Fatal("the logs are not one")
	}
	now["tablet.db-wal"] = append(bytes.Clone(log[:all[len(all)-1]]), left[its[len(its)-2]:its[len(its)-1]]...)
	return now, shown, refused, all[len(all)-3]
}
