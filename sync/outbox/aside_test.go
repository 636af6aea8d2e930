package outbox_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/sync/outbox"
	"muster/sync/wire"
)

// Somebody who goes on from a copy of the tablet's data has told a row that a disk
// had spoiled, and it lies in quarantine. The tablet's own row for that place never
// came: no acknowledgement that passes over the place lets it go.
func TestForeignRowInQuarantineConfirmsNothing(t *testing.T) {
	t.Parallel()
	sum := func(b []byte) []byte { h := wire.BodySum(b); return h[:] }
	own := func(s *shelf, seq uint64) []byte {
		b, err := proto.Marshal(wire.FromRow(s.rows[seq-1]))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		ack     func(s *shelf) *wire.JournalAck
		through uint64
		three   bool
	}{
		"passed over": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: []*wire.Aside{{Seq: 3, Sums: [][]byte{sum([]byte("foreign"))}}}}
		}, 2, false},
		"at the end": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 3, Linked: 2, Hash: s.rows[1].Hash[:], Aside: []*wire.Aside{{Seq: 3, Sums: [][]byte{sum([]byte("foreign"))}}}}
		}, 2, false},
		"two of them, the later one first": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: []*wire.Aside{{Seq: 5, Sums: [][]byte{sum([]byte("foreign"))}}, {Seq: 3, Sums: [][]byte{sum([]byte("foreign"))}}}}
		}, 2, false},
		"beyond a gap": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 1, Linked: 1, Hash: s.rows[0].Hash[:], Sparse: []uint64{3}, SparseHashes: [][]byte{nil}, Aside: []*wire.Aside{{Seq: 3, Sums: [][]byte{sum([]byte("foreign"))}}}}
		}, 1, false},
		"its own, spoiled here": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: []*wire.Aside{{Seq: 3, Sums: [][]byte{sum([]byte("foreign")), sum(own(s, 3))}}}}
		}, 5, true},
		"its own, for another reason": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: []*wire.Aside{{Seq: 3, Sums: [][]byte{s.rows[2].Hash[:]}}}}
		}, 5, true},
		"not said": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], AsideAfter: 4}
		}, 0, false},
		"a cloud that doesn't know": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:]}
		}, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{confirmed: map[uint64]bool{}}
			for range 5 {
				s.add(20)
			}
			box := outbox.New(s, outbox.DefaultLimits, stream, 5, func([]byte) error { return nil })
			if err := box.Send(t.Context(), 5, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			ack := c.ack(s)
			ack.Stream = stream[:]
			if restart, err := box.Confirmed(t.Context(), ack, 5); restart || err != nil {
				t.Fatal(restart, err)
			}
			standing, err := s.Standing(t.Context())
			if err != nil || standing[0].Through != c.through || s.confirmed[3] != c.three {
				t.Errorf("confirmed through %d, the third %v, %v; want %d, %v", standing[0].Through, s.confirmed[3], err, c.through, c.three)
			}
		})
	}
}

// The answer to what a tablet asks vouches for everything, also for what it was told
// long ago: a cloud that was restored since may have another one's spoiled row in a place.
func TestAskedCloudTakesBackWhatItHasNoMore(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	foreign := func(before []byte) []*wire.Aside {
		h := wire.BodySum([]byte("foreign"))
		return []*wire.Aside{{Seq: 3, Sums: [][]byte{h[:]}, Before: before}}
	}
	for name, c := range map[string]struct {
		ack     func(s *shelf) *wire.JournalAck
		through uint64
		restart bool
	}{
		"another one's row aside": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Aside: foreign(s.rows[1].Hash[:])}
		}, 2, false},
		"and rows behind it that it has": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: foreign(s.rows[1].Hash[:])}
		}, 2, false},
		"and fewer than it was told": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 4, Again: true, Aside: foreign(s.rows[1].Hash[:])}
		}, 2, false},
		"another one's rows before it": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:], Aside: foreign(make([]byte, 32))}
		}, 5, true},
		"all as it was": {func(s *shelf) *wire.JournalAck {
			return &wire.JournalAck{Through: 5, Linked: 5, Hash: s.rows[4].Hash[:]}
		}, 5, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{confirmed: map[uint64]bool{}}
			for range 5 {
				s.add(20)
				s.confirmed[s.head()] = true
			}
			asked := 0
			box := outbox.New(s, outbox.DefaultLimits, stream, 5, func([]byte) error { asked++; return nil })
			now := time.Unix(1, 0)
			if err := box.Send(t.Context(), 5, now); err != nil || asked != 1 {
				t.Fatal(asked, err)
			}
			// What says nothing about the question doesn't answer it.
			if restart, err := box.Confirmed(t.Context(), &wire.JournalAck{Stream: stream[:], Through: 5, AsideAfter: 5, Asked: &no}, 5); restart || err != nil {
				t.Fatal(restart, err)
			}
			if box.Deadline().IsZero() {
				t.Error("it doesn't ask again")
			}
			ack := c.ack(s)
			ack.Stream, ack.Asked = stream[:], &yes
			if restart, err := box.Confirmed(t.Context(), ack, 5); restart != c.restart || err != nil {
				t.Fatal(restart, err)
			}
			if standing, err := s.Standing(t.Context()); err != nil || standing[0].Through != c.through {
				t.Errorf("settled through %d, %v; want %d", standing[0].Through, err, c.through)
			}
		})
	}
}

// Of a stream that is over all is told again, where the cloud has others' rows in it.
func TestAskedAboutAStreamThatIsOver(t *testing.T) {
	t.Parallel()
	s := &shelf{confirmed: map[uint64]bool{}}
	s.add(20)
	box := outbox.New(s, outbox.DefaultLimits, uuid.UUID{9}, 0, func([]byte) error { return nil })
	s.confirmed[1] = true
	yes := true
	ack := &wire.JournalAck{Stream: stream[:], Through: 1, Linked: 1, Hash: make([]byte, 32), Asked: &yes}
	if restart, err := box.Confirmed(t.Context(), ack, 0); restart || err != nil || s.confirmed[1] {
		t.Errorf("restart %v, %v; still settled: %v", restart, err, s.confirmed[1])
	}
}
