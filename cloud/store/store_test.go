package store

import (
	"path/filepath"
	"testing"
	"time"

	"muster/cloud/store/sqlite"
)

// open makes a store in a fresh folder, for the tests of this package.
func openTest(t *testing.T) *Store {
	t.Helper()
	s := open(must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db")))(t), time.Now)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// What a tablet told is never changed, not even by a mistake in our own code.
func TestRawRowsAreAppendOnly(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	_, err := s.write.ExecContext(t.Context(), `INSERT INTO raw_rows VALUES ('d', x'01', 1, x'02', 'o', 'punch', x'', 1, 1, 'b', 0, 0, 0, x'', x'', 1)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `UPDATE raw_rows SET payload = x'ff'`); err == nil {
		t.Error("a raw row could be changed")
	}
	if _, err := s.write.ExecContext(t.Context(), `DELETE FROM raw_rows`); err == nil {
		t.Error("a raw row could be deleted")
	}
}
