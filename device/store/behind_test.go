package store_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/device"
	"muster/device/store"
)

// What was confirmed behind a gap that stays, and is pruned then, is still told to a
// cloud that asks: it may be one that was restored, and has it no more.
func TestPrunedBehindAGapIsRemembered(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 60)
	dir := t.TempDir()
	var old device.Row
	for _, row := range ledger {
		if row.Seq == 20 {
			old = row
		}
	}
	for name, text := range files {
		if strings.HasPrefix(name, "tablet.db") { // nothing is left of row 20: its record's head is before the id
			for at := bytes.Index(text, old.ID[:]); at >= 0; at = bytes.Index(text, old.ID[:]) {
				copy(text[max(0, at-24):], bytes.Repeat([]byte{0xa5}, 100))
			}
		}
		put(t, filepath.Join(dir, name), text)
	}
	if report, err := store.Salvage(t.Context(), dir, time.Now()); err != nil || !slices.Equal(report.Streams[0].Missing, []device.Span{{From: 20, To: 20}}) {
		t.Fatalf("%+v, %v", report, err)
	}
	s := open(t, dir)
	add(t, journalOver(s))
	if err := s.Confirm(t.Context(), old.Stream, 19, seqs(21, 60)); err != nil {
		t.Fatal(err)
	}
	if here, gone, err := s.Behind(t.Context(), old.Stream); err != nil || !slices.Equal(here, []device.Span{{From: 21, To: 60}}) || len(gone) != 0 {
		t.Errorf("before: here %v, gone %v, %v", here, gone, err)
	}
	if _, err := s.Prune(t.Context(), time.Now().Add(time.Hour).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	standing, err := s.Standing(t.Context())
	if err != nil || len(standing) != 2 || standing[0].Stream != old.Stream || standing[0].Through != 19 {
		t.Fatalf("%+v, %v", standing, err)
	}
	here, gone, err := s.Behind(t.Context(), old.Stream)
	if err != nil || len(here) != 0 || !slices.Equal(gone, []device.Span{{From: 21, To: 60}}) {
		t.Errorf("here %v, gone %v, %v", here, gone, err)
	}
}
