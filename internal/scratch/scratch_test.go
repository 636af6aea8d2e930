package scratch

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWhatNobodyOwnsGoes(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	owned, remove, err := Folder(parent, "x")
	if err != nil {
		t.Fatal(err)
	}
	left, other, young := filepath.Join(parent, "muster-x-left"), filepath.Join(parent, "muster-y-left"), filepath.Join(parent, "muster-x-young")
	for _, path := range []string{left, other, young} {
		if err := os.MkdirAll(filepath.Join(path, "in"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	for _, path := range []string{owned, left, other} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, again, err := Folder(parent, "x"); err != nil {
		t.Fatal(err)
	} else {
		defer again() //nolint:errcheck // the test's own folder goes as a whole
	}
	for path, want := range map[string]bool{owned: true, left: false, other: true, young: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", filepath.Base(path), err, want)
		}
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(owned); !os.IsNotExist(err) {
		t.Errorf("removed, and still there: %v", err)
	}
}
