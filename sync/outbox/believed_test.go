package outbox_test

import (
	"testing"
	"time"

	"muster/sync/outbox"
	"muster/sync/wire"
)

// A cloud that gives no hashes is believed only about what this connection has sent: of the backlog
// that is two rows here, and the live row behind it.
func TestWithoutHashesOnlyWhatWasSentIsBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ack  *wire.JournalAck
		want []uint64
	}{
		"all through a row that was not sent": {&wire.JournalAck{Through: 5}, []uint64{1, 2}},
		"all through the live one":            {&wire.JournalAck{Through: 6}, []uint64{1, 2}},
		"one that was not sent":               {&wire.JournalAck{Sparse: []uint64{4}}, nil},
		"the live one":                        {&wire.JournalAck{Sparse: []uint64{6}}, []uint64{6}},
		"linked, without saying to what":      {&wire.JournalAck{Through: 5, Linked: 5}, []uint64{1, 2}},
	} {
		s := &shelf{confirmed: map[uint64]bool{}}
		for range 5 {
			s.add(20)
		}
		limits := outbox.DefaultLimits
		limits.Backlog = 2
		box := outbox.New(s, limits, stream, 5, func([]byte) error { return nil })
		s.add(20)
		if err := box.Send(t.Context(), 6, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		c.ack.Stream = stream[:]
		if restart, err := box.Confirmed(t.Context(), c.ack, 6); restart || err != nil {
			t.Fatal(restart, err)
		}
		ok := len(s.confirmed) == len(c.want)
		for _, seq := range c.want {
			ok = ok && s.confirmed[seq]
		}
		if !ok {
			t.Errorf("%s: let go %v, want %v", name, s.confirmed, c.want)
		}
	}
}

// Another one's row behind a gap is no row of this journal: it goes on in a new stream.
func TestAnothersRowBehindAGap(t *testing.T) {
	t.Parallel()
	s := &shelf{confirmed: map[uint64]bool{}}
	for range 3 {
		s.add(20)
	}
	box := outbox.New(s, outbox.DefaultLimits, stream, 3, func([]byte) error { return nil })
	if err := box.Send(t.Context(), 3, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	ack := &wire.JournalAck{Stream: stream[:], Through: 1, Linked: 1, Hash: s.rows[0].Hash[:], Sparse: []uint64{3}, SparseHashes: [][]byte{make([]byte, 32)}}
	if restart, err := box.Confirmed(t.Context(), ack, 3); !restart || err != nil || len(s.confirmed) > 0 {
		t.Errorf("restart %v, %v; let go %v", restart, err, s.confirmed)
	}
}
