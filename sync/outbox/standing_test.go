package outbox_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/sync/outbox"
	"muster/sync/wire"
)

// A session without rows asks how things stand until it is told, ever more seldom,
// and never gives up a connection over it: an old cloud doesn't answer.
func TestAsksHowThingsStand(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	now := time.Unix(1000, 0)
	asked := 0
	box := outbox.New(disk, outbox.DefaultLimits, stream, 0, func(b []byte) error {
		var batch wire.JournalBatch
		asked++
		err := proto.Unmarshal(b, &batch)
		if len(batch.GetRows()) != 0 || len(batch.GetStanding()) != 1 {
			t.Errorf("sent %v", &batch)
		}
		return err
	})
	for range 3600 {
		if err := box.Send(t.Context(), 0, now); err != nil || box.Check(now) {
			t.Fatal("the connection is given up")
		}
		now = now.Add(time.Second)
	}
	if asked < 10 || asked > 20 {
		t.Errorf("asked %d times in an hour", asked)
	}
	if _, err := box.Confirmed(t.Context(), &wire.JournalAck{Stream: stream[:]}, 0); err != nil {
		t.Fatal(err)
	}
	before := asked
	if err := box.Send(t.Context(), 0, now.Add(time.Hour)); err != nil || asked != before || !box.Deadline().IsZero() {
		t.Errorf("asked on after the answer: %d times, %v, deadline %v", asked-before, err, box.Deadline())
	}
}

// A cloud that says that it lost rows gets them again, once, also where some of
// them are on their way.
func TestCloudThatLostRowsGetsThemAgain(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	for range 10 {
		disk.add(10)
	}
	c := &cloud{has: map[uint64]bool{}}
	var acks []*wire.JournalAck
	now := time.Unix(1000, 0)
	box := outbox.New(disk, outbox.DefaultLimits, stream, 10, func(b []byte) error {
		ack, _, err := c.take(b)
		acks = append(acks, ack)
		return err
	})
	exchange := func() {
		t.Helper()
		for len(acks) > 0 || len(disk.confirmed) < len(disk.rows) {
			if err := box.Send(t.Context(), disk.head(), now); err != nil {
				t.Fatal(err)
			}
			ack := acks[0]
			acks = acks[1:]
			if restart, err := box.Confirmed(t.Context(), ack, disk.head()); restart || err != nil {
				t.Fatal(restart, err)
			}
		}
	}
	exchange()
	c.has = map[uint64]bool{1: true, 2: true, 3: true}
	acks = append(acks, &wire.JournalAck{Stream: stream[:], Through: 3, Again: true})
	disk.add(10)
	exchange()
	if len(c.has) != 11 || len(disk.confirmed) != 11 {
		t.Errorf("the cloud has %d rows and %d are confirmed, of 11", len(c.has), len(disk.confirmed))
	}
}

// A cloud that lost rows behind a gap doesn't say so while the gap is open; when it
// has closed, the tablet has more for settled than the cloud says, and asks.
func TestAsksWhenTheCloudHasLess(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	for range 3 {
		disk.add(10)
	}
	var asked int
	now := time.Unix(1000, 0)
	box := outbox.New(disk, outbox.DefaultLimits, stream, 3, func(b []byte) error {
		var batch wire.JournalBatch
		err := proto.Unmarshal(b, &batch)
		if len(batch.GetRows()) == 0 && batch.GetStanding()[0].GetThrough() == 3 {
			asked++
		}
		return err
	})
	for _, ack := range []*wire.JournalAck{
		{Stream: stream[:], Sparse: []uint64{2, 3}}, // then the cloud is restored from a backup
		{Stream: stream[:], Through: 1},
	} {
		if err := box.Send(t.Context(), 3, now); err != nil {
			t.Fatal(err)
		}
		if restart, err := box.Confirmed(t.Context(), ack, 3); restart || err != nil {
			t.Fatal(restart, err)
		}
	}
	for range 60 {
		if err := box.Send(t.Context(), 3, now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	if asked < 1 || asked > 4 {
		t.Errorf("asked %d times in a minute", asked)
	}
}

// Whoever goes on from an old copy is told so: nothing is taken for confirmed.
func TestForkRestarts(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	disk.add(10)
	box := outbox.New(disk, outbox.DefaultLimits, stream, 1, func([]byte) error { return nil })
	for name, ack := range map[string]*wire.JournalAck{
		"others stand in their place": {Stream: stream[:], Through: 1, Forked: true},
		"more than was ever written":  {Stream: stream[:], Through: 2},
		"more, behind a gap":          {Stream: stream[:], Sparse: []uint64{7}},
	} {
		if restart, err := box.Confirmed(t.Context(), ack, 1); !restart || err != nil || len(disk.confirmed) > 0 {
			t.Errorf("%s: restart %v, %v; confirmed %v", name, restart, err, disk.confirmed)
		}
	}
	other := uuid.UUID{9}
	if restart, err := box.Confirmed(t.Context(), &wire.JournalAck{Stream: other[:], Through: 5, Forked: true}, 1); restart || err != nil {
		t.Errorf("about a stream that was left: restart %v, %v", restart, err)
	}
}
