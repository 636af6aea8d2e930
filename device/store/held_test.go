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

// behead makes the store in a folder one that has to be salvaged.
func behead(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "tablet.db")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(text, bytes.Repeat([]byte{0xa5}, 64))
	put(t, path, text)
}

// Rows of whoever the tablet was before stay held when the disk fails a second
// time: they are not sent under the new name.
func TestHeldRowsStayHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	first := realGrant(t)
	if err := s.Activate(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	write := func(s *store.Store, n int) {
		j := journalOver(s)
		for range n {
			if _, err := j.Append(t.Context(), device.KindStarted, new(wire.StartedPayload), device.Effect{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(s, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The keys are lost: in the spare, and with the pages of the state.
	if err := os.Remove(filepath.Join(dir, "tablet.spare")); err != nil {
		t.Fatal(err)
	}
	behead(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "tablet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for at := bytes.Index(text, []byte(`"Current"`)); at >= 0; at = bytes.Index(text, []byte(`"Current"`)) {
		copy(text[at:], "xxxxxxxxxxx")
	}
	put(t, filepath.Join(dir, "tablet.db"), text)
	report, err := store.Salvage(t.Context(), dir, time.Now())
	if err != nil || report.Same {
		t.Fatalf("%+v %v; want another tablet", report, err)
	}
	s = open(t, dir)
	if err := s.Activate(t.Context(), realGrant(t)); err != nil {
		t.Fatal(err)
	}
	write(s, 3)
	held, err := s.Held(t.Context())
	if err != nil || held != 5 {
		t.Fatalf("%d held, %v; want 5", held, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	behead(t, dir)
	if report, err = store.Salvage(t.Context(), dir, time.Now().Add(time.Second)); err != nil || !report.Same {
		t.Fatalf("%+v %v; want the same tablet", report, err)
	}
	s = open(t, dir)
	if held, err = s.Held(t.Context()); err != nil || held != 5 {
		t.Errorf("%d held, %v; want 5", held, err)
	}
	left, err := s.Left(t.Context())
	if err != nil || len(left) != 1 {
		t.Errorf("%d old streams are to be sent, %v; want only that of the second name", len(left), err)
	}
}
