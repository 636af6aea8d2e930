package outbox_test

import (
	"testing"

	"muster/sync/outbox"
	"muster/sync/wire"
)

// The cloud has rows that this journal never wrote: nothing is let go on its
// word.
func TestCloudAhead(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	disk.add(10)
	box := outbox.New(disk, outbox.DefaultLimits, stream, 1, func([]byte) error { return nil })
	for _, ack := range []*wire.JournalAck{{Stream: stream[:], Through: 7}, {Stream: stream[:], Sparse: []uint64{9}}} {
		if ahead, err := box.Confirmed(t.Context(), ack, disk.head()); !ahead || err != nil {
			t.Errorf("%v: ahead %v, %v", ack, ahead, err)
		}
	}
	if len(disk.confirmed) != 0 {
		t.Errorf("let go: %v", disk.confirmed)
	}
	if _, err := box.Confirmed(t.Context(), &wire.JournalAck{Stream: []byte("x")}, 1); err == nil {
		t.Error("an acknowledgement for no stream is taken")
	}
}
