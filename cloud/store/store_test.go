package store

import (
	"testing"
	"time"
)

// What a tablet told is never changed, not even by a mistake in our own code.
func TestRawRowsAreAppendOnly(t *testing.T) {
	t.Parallel()
	s := fresh(t, time.Now)
	_, err := s.write.ExecContext(t.Context(), `INSERT INTO raw_rows VALUES ('d', ?1, 1, ?1, 'o', 'punch', ?1, 1, 1, 'b', 0, 0, 0, ?1, ?1, 1)`, []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `UPDATE raw_rows SET seq = 7`); err == nil {
		t.Error("a raw row could be changed")
	}
	if _, err := s.write.ExecContext(t.Context(), `DELETE FROM raw_rows`); err == nil {
		t.Error("a raw row could be deleted")
	}
}
