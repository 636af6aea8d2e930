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
	files, _, _ := tabletFiles(t, 40)
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
	shown, now := write("shown")
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
	dir := t.TempDir()
	for name, text := range now {
		put(t, filepath.Join(dir, name), text)
	}
	if _, err := store.Salvage(t.Context(), dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	found := journalOf(t, dir)
	if _, there := found[shown.ID]; !there {
		t.Error("the row that was shown is lost")
	}
	if _, there := found[refused.ID]; there {
		t.Error("the row that was refused counts")
	}
}
