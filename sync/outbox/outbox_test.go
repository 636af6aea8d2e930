package outbox_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/device"
	"muster/sync/outbox"
	"muster/sync/wire"
)

var stream = uuid.UUID{1}

// shelf holds the rows, as the tablet's disk does.
type shelf struct {
	rows      []device.Row
	confirmed map[uint64]bool
	asked     int // how often rows were read
	behind    []device.Span
}

func (s *shelf) head() uint64 { return uint64(len(s.rows)) }

func (s *shelf) add(payload int) {
	row := device.Row{Stream: stream, Seq: s.head() + 1, ID: uuid.UUID{2, byte(len(s.rows))}, Kind: device.KindPunch, Payload: make([]byte, payload)}
	row.Hash = row.Sum()
	s.rows = append(s.rows, row)
}

func (s *shelf) Unconfirmed(_ context.Context, after, upTo uint64, limit int) ([]device.Row, error) {
	s.asked++
	var out []device.Row
	for _, r := range s.rows {
		if r.Seq > after && r.Seq <= upTo && !s.confirmed[r.Seq] && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *shelf) Confirm(_ context.Context, _ uuid.UUID, through uint64, sparse []uint64) error {
	for _, r := range s.rows {
		if r.Seq <= through || slices.Contains(sparse, r.Seq) {
			s.confirmed[r.Seq] = true
		}
	}
	return nil
}

func (s *shelf) Hash(_ context.Context, _ uuid.UUID, seq uint64) (h device.Hash, ok bool, err error) {
	if seq < 1 || seq > s.head() {
		return h, false, nil
	}
	return s.rows[seq-1].Hash, true, nil
}

func (s *shelf) BodySum(_ context.Context, _ uuid.UUID, seq uint64) (sum device.Hash, ok bool, err error) {
	if seq < 1 || seq > s.head() {
		return sum, false, nil
	}
	body, err := proto.Marshal(wire.FromRow(s.rows[seq-1]))
	return wire.BodySum(body), true, err
}

func (s *shelf) Bygone(context.Context) ([]device.Standing, error) { return nil, nil }

func (s *shelf) Standing(context.Context) ([]device.Standing, error) {
	at := device.Standing{Stream: stream, Oldest: 1}
	for s.confirmed[at.Through+1] {
		at.Through++
	}
	return []device.Standing{at}, nil
}

func (s *shelf) Behind(context.Context, uuid.UUID) (here, gone []device.Span, err error) {
	return s.behind, nil, nil
}

func (s *shelf) Rewind(_ context.Context, of uuid.UUID, through uint64) (moved bool, err error) {
	for seq := range s.confirmed {
		if of == stream && seq > through {
			delete(s.confirmed, seq)
			moved = true
		}
	}
	return moved, nil
}

// cloud commits what it receives and says what it has.
type cloud struct{ has map[uint64]bool }

func (c *cloud) take(body []byte) (*wire.JournalAck, *wire.JournalBatch, error) {
	var batch wire.JournalBatch
	if err := proto.Unmarshal(body, &batch); err != nil {
		return nil, nil, err
	}
	ack := &wire.JournalAck{Stream: stream[:]}
	for _, m := range batch.GetRows() {
		row, err := wire.ToRow(m)
		if err != nil {
			return nil, nil, err
		}
		c.has[row.Seq] = true
		ack.Sparse = append(ack.Sparse, row.Seq)
	}
	for c.has[ack.GetThrough()+1] {
		ack.Through++
	}
	ack.Sparse = slices.DeleteFunc(ack.Sparse, func(n uint64) bool { return n <= ack.GetThrough() })
	return ack, &batch, nil
}

// Whatever the line loses, doubles or delays, and however often tablet or
// connection start anew: no row is let go before the cloud has it, and every row
// arrives once the line is good.
func TestEveryRowArrivesAndNoneIsLetGoBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := outbox.Limits{
			Batch: rapid.IntRange(1, 4).Draw(t, "batch"), Live: rapid.IntRange(1, 6).Draw(t, "live"),
			Backlog: rapid.IntRange(1, 6).Draw(t, "backlog"), Patience: time.Second, Tries: 3,
		}
		disk := &shelf{confirmed: map[uint64]bool{}}
		c := &cloud{has: map[uint64]bool{}}
		now := time.Unix(1000, 0)
		var up [][]byte
		var down []*wire.JournalAck
		var box *outbox.Outbox
		connect := func() {
			box = outbox.New(disk, limits, stream, disk.head(), func(b []byte) error {
				up = append(up, b)
				return nil
			})
		}
		send := func() {
			if err := box.Send(t.Context(), disk.head(), now); err != nil {
				t.Fatal(err)
			}
		}
		arrive := func(i int) {
			ack, batch, err := c.take(up[i])
			if err != nil || len(batch.GetRows()) == 0 && len(batch.GetStanding()) == 0 || len(batch.GetRows()) > limits.Batch {
				t.Fatalf("a batch of %d rows, %v", len(batch.GetRows()), err)
			}
			down = append(down, ack)
		}
		confirm := func(i int) {
			ahead, err := box.Confirmed(t.Context(), down[i], disk.head())
			if ahead || err != nil {
				t.Fatal(ahead, err)
			}
		}
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "which") }
		connect()
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				for range rapid.IntRange(1, 5).Draw(t, "rows") {
					disk.add(10)
				}
				send()
			},
			"arrive": func(t *rapid.T) {
				if len(up) == 0 {
					t.Skip("nothing on the way")
				}
				i := pick(len(up))
				arrive(i)
				if rapid.Bool().Draw(t, "once") {
					up = slices.Delete(up, i, i+1)
				}
			},
			"confirm": func(t *rapid.T) {
				if len(down) == 0 {
					t.Skip("nothing on the way")
				}
				i := pick(len(down))
				confirm(i)
				if rapid.Bool().Draw(t, "once") {
					down = slices.Delete(down, i, i+1)
				}
				send()
			},
			"lose": func(t *rapid.T) {
				if len(up) > 0 {
					i := pick(len(up))
					up = slices.Delete(up, i, i+1)
				}
				if len(down) > 0 {
					i := pick(len(down))
					down = slices.Delete(down, i, i+1)
				}
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
				if box.Check(now) {
					connect()
				}
				send()
			},
			"reconnect": func(*rapid.T) { connect(); send() },
			"": func(t *rapid.T) {
				for seq := range disk.confirmed {
					if !c.has[seq] {
						t.Fatalf("row %d was let go and the cloud doesn't have it", seq)
					}
				}
			},
		})
		// The line is good from here on.
		for round := 0; len(disk.confirmed) < len(disk.rows); round++ {
			if round > 2*len(disk.rows)+100 {
				t.Fatalf("%d of %d rows confirmed, no end in sight", len(disk.confirmed), len(disk.rows))
			}
			send()
			for i := range up {
				arrive(i)
			}
			up = nil
			for i := range down {
				confirm(i)
			}
			down = nil
			now = now.Add(time.Second)
			if box.Check(now) {
				connect()
			}
		}
	})
}

// Somebody who taps now doesn't wait for last week.
func TestLiveRowsOvertakeTheBacklog(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	for range 1000 {
		disk.add(10)
	}
	c := &cloud{has: map[uint64]bool{}}
	var sent []*wire.JournalBatch
	var acks []*wire.JournalAck
	now := time.Unix(1000, 0)
	box := outbox.New(disk, outbox.DefaultLimits, stream, disk.head(), func(b []byte) error {
		ack, batch, err := c.take(b)
		if len(batch.GetRows()) > 0 {
			sent, acks = append(sent, batch), append(acks, ack)
		}
		return err
	})
	send := func() {
		t.Helper()
		if err := box.Send(t.Context(), disk.head(), now); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if len(sent) != 4 || !sent[0].GetBacklog() || sent[3].GetRows()[49].GetSeq() != 200 {
		t.Fatalf("%d batches at first, want the 4 that the window holds", len(sent))
	}
	disk.add(10)
	send()
	if len(sent) != 5 || sent[4].GetBacklog() || sent[4].GetRows()[0].GetSeq() != 1001 {
		t.Fatalf("the live row did not go out at once: %v", sent[4:])
	}
	// One confirmation makes room for as many rows as it lets go.
	if _, err := box.Confirmed(t.Context(), acks[0], disk.head()); err != nil {
		t.Fatal(err)
	}
	send()
	if len(sent) != 6 || sent[5].GetRows()[0].GetSeq() != 201 || len(sent[5].GetRows()) != 50 {
		t.Errorf("after one confirmation: %d batches", len(sent))
	}
}

// A cloud that never confirms one row gets it ever more seldom, and all others
// at once.
func TestPoisonedRowHoldsUpNothing(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	c := &cloud{has: map[uint64]bool{}}
	now := time.Unix(1000, 0)
	times := 0
	var box *outbox.Outbox
	var acks []*wire.JournalAck
	box = outbox.New(disk, outbox.DefaultLimits, stream, 0, func(b []byte) error {
		ack, batch, err := c.take(b)
		for _, r := range batch.GetRows() {
			if r.GetSeq() == 1 {
				times++
			}
		}
		c.has[1] = false // as if it had never come
		ack.Through = 0
		ack.Sparse = slices.DeleteFunc(ack.GetSparse(), func(n uint64) bool { return n == 1 })
		for _, r := range batch.GetRows() {
			if r.GetSeq() != 1 && !slices.Contains(ack.GetSparse(), r.GetSeq()) {
				ack.Sparse = append(ack.Sparse, r.GetSeq())
			}
		}
		acks = append(acks, ack)
		return err
	})
	disk.add(10)
	for range 200 {
		disk.add(10)
		if err := box.Send(t.Context(), disk.head(), now); err != nil {
			t.Fatal(err)
		}
		for _, ack := range acks {
			if _, err := box.Confirmed(t.Context(), ack, disk.head()); err != nil {
				t.Fatal(err)
			}
		}
		acks = nil
		if len(disk.confirmed) != len(disk.rows)-1 {
			t.Fatalf("%d of %d rows confirmed", len(disk.confirmed), len(disk.rows))
		}
		now = now.Add(2 * time.Second)
		if box.Check(now) {
			t.Fatal("the connection is given up for one row while others are confirmed")
		}
	}
	if times < 4 || times > 8 {
		t.Errorf("the poisoned row was sent %d times in seven minutes", times)
	}
}

// Silence is noticed: rows are sent again, and in the end the connection is made
// anew.
func TestSilence(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	disk.add(10)
	sent := 0
	limits := outbox.DefaultLimits
	now := time.Unix(1000, 0)
	box := outbox.New(disk, limits, stream, disk.head(), func(b []byte) error {
		var batch wire.JournalBatch
		err := proto.Unmarshal(b, &batch)
		sent += len(batch.GetRows())
		return err
	})
	if !box.Deadline().IsZero() {
		t.Error("there is a deadline before anything was sent")
	}
	lost := false
	for range 20 {
		if err := box.Send(t.Context(), disk.head(), now); err != nil {
			t.Fatal(err)
		}
		if box.Deadline().IsZero() {
			t.Fatal("no deadline while a row is on its way")
		}
		if box.Check(box.Deadline().Add(-time.Millisecond)) {
			t.Fatal("given up too early")
		}
		now = box.Deadline()
		if lost = box.Check(now); lost {
			break
		}
		if box.Check(now) {
			t.Fatal("what is late counts as late once, until it is sent again")
		}
	}
	if !lost || sent != limits.Tries {
		t.Errorf("lost %v after %d times, want %d", lost, sent, limits.Tries)
	}
}

// A message never grows beyond what the broker takes.
func TestBatchesFitTheBroker(t *testing.T) {
	t.Parallel()
	disk := &shelf{confirmed: map[uint64]bool{}}
	for range 20 {
		disk.add(100_000)
	}
	var rows int
	limits := outbox.DefaultLimits
	box := outbox.New(disk, limits, stream, 0, func(b []byte) error {
		var batch wire.JournalBatch
		if len(b) > wire.MaxMessage {
			t.Errorf("a message of %d bytes", len(b))
		}
		rows += len(batch.GetRows())
		err := proto.Unmarshal(b, &batch)
		rows += len(batch.GetRows())
		return err
	})
	if err := box.Send(t.Context(), disk.head(), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if rows != 20 {
		t.Errorf("%d rows sent, want all 20", rows)
	}
}
