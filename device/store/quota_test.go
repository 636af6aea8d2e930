package store_test

import (
	"errors"
	"testing"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// A store that may not grow refuses as on a full disk, keeps what it has, and
// goes on when there is room.
func TestQuota(t *testing.T) {
	t.Parallel()
	s := activated(t, t.TempDir())
	j := journalOver(s)
	row := func() error {
		_, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{}, device.Effect{})
		return err
	}
	if err := s.Quota(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for err := error(nil); ; kept++ {
		if err = row(); err != nil {
			if !errors.Is(err, device.ErrStorageFull) {
				t.Fatalf("after %d rows: %v", kept, err)
			}
			break
		}
		if kept > 10_000 {
			t.Fatal("the store grows")
		}
	}
	if err := s.Quota(t.Context(), store.Unbounded); err != nil {
		t.Fatal(err)
	}
	if err := row(); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.Waiting(t.Context()); err != nil || n != kept+1 {
		t.Errorf("%d rows wait, %v; %d were kept", n, err, kept+1)
	}
}
