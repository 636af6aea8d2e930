package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// diary notes what happens in which order: a commit, an answer, an announcement. What it
// commits of a tablet is answered with the tablet's own stream.
type diary struct {
	t      *testing.T
	fails  bool
	stored [][]device.Delivery
	lines  []string
	acks   []*wire.JournalAck
}

// streamOf is a stream that only this tablet has.
func streamOf(dev attendance.DeviceID) uuid.UUID { return uuid.NewSHA1(uuid.Nil, []byte(dev)) }

func (d *diary) Deliver(ctx context.Context, all []device.Delivery) ([]device.Outcome, error) {
	if len(d.lines) > 0 && d.fails {
		d.t.Errorf("before anything is committed: %v", d.lines)
	}
	if d.fails || ctx.Err() != nil {
		return make([]device.Outcome, len(all)), errors.Join(errors.New("the disk is full"), ctx.Err())
	}
	d.stored = append(d.stored, slices.Clone(all))
	var out []device.Outcome
	for _, one := range all {
		d.lines = append(d.lines, "commit "+string(one.Device))
		out = append(out, device.Outcome{
			Receipts: []device.Receipt{{
				Stream: streamOf(one.Device), Through: 7, Sparse: []uint64{9, 10}, Hashes: []device.Hash{{}, {10}}, Linked: 6, Hash: device.Hash{6},
				Aside: []device.Aside{{Seq: 7, Sums: []device.Hash{{7}}}, {Seq: 9, Before: device.Hash{8}}}, AsideAfter: 3, Asked: one.Device == "b", Again: true,
			}},
			News: []device.News{{Topic: "punch", ID: string(one.Device)}},
		})
	}
	return out, nil
}

func (d *diary) Send(to wire.Address, leaf wire.Leaf, body []byte) error {
	var ack wire.JournalAck
	if err := proto.Unmarshal(body, &ack); err != nil || leaf != wire.DownAck {
		d.t.Errorf("%s: %v", leaf, err)
	}
	if own := streamOf(to.Device); string(ack.GetStream()) != string(own[:]) {
		d.t.Errorf("%s is told about another one's stream", to.Device)
	}
	d.lines = append(d.lines, "answer "+string(to.Device))
	d.acks = append(d.acks, &ack)
	return nil
}

func (d *diary) Announce(_ attendance.OrgID, topic, id string) {
	d.lines = append(d.lines, topic+" "+id)
}

func (d *diary) Cut(attendance.DeviceID) {}

func (d *diary) ingest() *Ingest {
	return New(Config{Journal: d, Downlink: d, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
}

func told(from attendance.DeviceID, seqs ...uint64) delivery {
	d := delivery{from: wire.Address{Org: "o", Device: from}, rows: device.Delivery{Org: "o", Device: from}}
	for _, seq := range seqs {
		d.rows.Rows = append(d.rows.Rows, device.Row{Stream: streamOf(from), Seq: seq})
	}
	return d
}

// Of several tablets whose rows are committed together each is told what came of its own, after
// the commit, and whoever watches after that. Of what is not committed nobody is told anything.
func TestEachIsAnsweredAfterTheCommit(t *testing.T) {
	t.Parallel()
	group := []delivery{told("a", 1), told("b", 1), told("c", 1)}
	d := &diary{t: t, fails: true}
	d.ingest().store(t.Context(), group)
	if len(d.lines) != 0 {
		t.Errorf("nothing is committed: %v", d.lines)
	}
	d = &diary{t: t}
	d.ingest().store(t.Context(), group)
	want := []string{"commit a", "commit b", "commit c", "answer a", "punch a", "answer b", "punch b", "answer c", "punch c"}
	if !slices.Equal(d.lines, want) {
		t.Errorf("%v, want %v", d.lines, want)
	}
}

// An answer says all that the receipt does, each hash beside its row.
func TestAnswerSaysAllOfTheReceipt(t *testing.T) {
	t.Parallel()
	d := &diary{t: t}
	d.ingest().store(t.Context(), []delivery{told("a", 1), told("b", 1)})
	for i, ack := range d.acks {
		six, seven, eight, ten := device.Hash{6}, device.Hash{7}, device.Hash{8}, device.Hash{10}
		ok := ack.GetThrough() == 7 && slices.Equal(ack.GetSparse(), []uint64{9, 10}) && ack.GetAgain() && !ack.GetForked() &&
			ack.GetLinked() == 6 && string(ack.GetHash()) == string(six[:]) && ack.Asked != nil && ack.GetAsked() == (i == 1) && ack.GetAsideAfter() == 3 &&
			len(ack.GetSparseHashes()) == 2 && len(ack.GetSparseHashes()[0]) == 0 && string(ack.GetSparseHashes()[1]) == string(ten[:])
		if !ok || len(ack.GetAside()) != 2 {
			t.Fatalf("%v", ack)
		}
		one, other := ack.GetAside()[0], ack.GetAside()[1]
		if one.GetSeq() != 7 || len(one.GetBefore()) != 0 || len(one.GetSums()) != 1 || string(one.GetSums()[0]) != string(seven[:]) ||
			other.GetSeq() != 9 || string(other.GetBefore()) != string(eight[:]) || len(other.GetSums()) != 0 {
			t.Errorf("aside: %v", ack.GetAside())
		}
	}
	if len(d.acks) != 2 {
		t.Errorf("%d answers", len(d.acks))
	}
}

// Several messages of one tablet are one delivery, with everything that any of them says.
func TestMessagesOfOneTabletAreOneDelivery(t *testing.T) {
	t.Parallel()
	broken, asks := told("a", 2), told("a")
	broken.rows.Broken = []device.Broken{{Seq: 3, Reason: "x"}}
	asks.rows.Standing, asks.rows.Asks = []device.Standing{{Through: 4}}, true
	group := gather([]delivery{told("a", 1), told("b", 1), broken, asks, told("b", 2), told("c")})
	if len(group) != 2 || group[0].from.Device != "a" || group[1].from.Device != "b" {
		t.Fatalf("%d deliveries", len(group))
	}
	for i, want := range []string{"2 rows, 1 broken, 1 standing, asks true", "2 rows, 0 broken, 0 standing, asks false"} {
		r := group[i].rows
		if got := fmt.Sprintf("%d rows, %d broken, %d standing, asks %v", len(r.Rows), len(r.Broken), len(r.Standing), r.Asks); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What was handed over before the end is committed, of both kinds, though nothing more is taken;
// and what waited was received when it came.
func TestWhatWasHandedOverIsCommittedAtTheEnd(t *testing.T) {
	t.Parallel()
	d := &diary{t: t}
	in := d.ingest()
	came := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return came }
	in.Handle(t.Context(), wire.Address{Org: "o", Device: "b"}, wire.UpJournal, message(t, true, streamOf("b"), 1, 3))
	in.Handle(t.Context(), wire.Address{Org: "o", Device: "a"}, wire.UpJournal, message(t, false, streamOf("a"), 1, 1))
	in.Now = time.Now
	over, cancel := context.WithCancel(t.Context())
	cancel()
	in.Run(over)
	rows := map[attendance.DeviceID]int{}
	for _, group := range d.stored {
		for _, one := range group {
			rows[one.Device] += len(one.Rows)
			if !one.Received.Equal(came) || one.Org != "o" {
				t.Errorf("%s of %s was received at %s", one.Device, one.Org, one.Received)
			}
		}
	}
	if rows["a"] != 1 || rows["b"] != 3 {
		t.Errorf("%v rows are committed", rows)
	}
}

// What is being committed when the end comes is committed.
func TestTheEndCutsNoCommit(t *testing.T) {
	t.Parallel()
	d := &desk{groups: make(chan []device.Delivery), proceed: make(chan error)}
	over, cancel := context.WithCancel(t.Context())
	defer cancel()
	cut := make(chan error, 1)
	in := New(Config{Journal: watched{d, cut}, Downlink: d, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	ended := make(chan struct{})
	go func() { in.Run(over); close(ended) }()
	in.Handle(t.Context(), wire.Address{Org: "o", Device: "a"}, wire.UpJournal, message(t, false, uuid.New(), 1, 1))
	d.next(t)
	cancel()
	d.proceed <- nil
	<-ended
	if err := <-cut; err != nil {
		t.Errorf("the commit was cut off: %v", err)
	}
}

// watched tells whether a transaction was cut off while it was under way.
type watched struct {
	*desk
	cut chan<- error
}

func (w watched) Deliver(ctx context.Context, all []device.Delivery) ([]device.Outcome, error) {
	out, err := w.desk.Deliver(ctx, all)
	w.cut <- ctx.Err()
	return out, err
}
