package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// desk is a store that takes its time: each transaction begins when it is told to.
type desk struct {
	groups  chan []device.Delivery
	proceed chan error
}

func (d *desk) Deliver(_ context.Context, all []device.Delivery) ([]device.Outcome, error) {
	d.groups <- all
	return make([]device.Outcome, len(all)), <-d.proceed
}

func (*desk) Send(wire.Address, wire.Leaf, []byte) error { return nil }
func (*desk) Announce(attendance.OrgID, string, string)  {}
func (d *desk) next(t *testing.T) (all []device.Delivery) {
	t.Helper()
	select {
	case all = <-d.groups:
	case <-time.After(time.Minute):
		t.Fatal("nothing is stored")
	}
	return all
}

func message(t *testing.T, backlog bool, stream uuid.UUID, from, to uint64) []byte {
	t.Helper()
	b := &wire.JournalBatch{Backlog: backlog}
	for seq := from; seq <= to; seq++ {
		r := device.Row{Stream: stream, Seq: seq, ID: uuid.New(), Kind: device.KindStarted}
		r.Hash = r.Sum()
		b.Rows = append(b.Rows, wire.FromRow(r))
	}
	body, err := proto.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// However much a fleet brings that had waited, what happens now is stored at once,
// while a transaction of the backlog is under way; and what is sent again meanwhile is
// stored once.
func TestLiveIsStoredBeforeTheBacklog(t *testing.T) {
	t.Parallel()
	d := &desk{groups: make(chan []device.Delivery), proceed: make(chan error)}
	in := New(Config{Journal: d, Downlink: d, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	running, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { in.Run(running); close(ended) }()
	from := func(i int) wire.Address {
		return wire.Address{Org: "o", Device: attendance.DeviceID(fmt.Sprint("tablet ", i))}
	}

	in.Handle(t.Context(), from(0), wire.UpJournal, message(t, true, uuid.New(), 1, 50))
	d.next(t) // this one is under way
	const tablets = 200
	waiting := make([][]byte, tablets)
	for i := range waiting {
		waiting[i] = message(t, true, uuid.New(), 1, 50)
	}
	for range 2 { // and again, because there is no answer
		for i, body := range waiting {
			in.Handle(t.Context(), from(1+i), wire.UpJournal, body)
		}
	}
	live := wire.Address{Org: "o", Device: "live"}
	in.Handle(t.Context(), live, wire.UpJournal, message(t, false, uuid.New(), 1, 1))
	if group := d.next(t); len(group) != 1 || group[0].Device != live.Device {
		t.Errorf("%d deliveries are stored next, the first from %s", len(group), group[0].Device)
	}
	d.proceed <- nil // both
	d.proceed <- nil

	rows := 0
	stored := func(group []device.Delivery) {
		for _, one := range group {
			rows += len(one.Rows)
		}
		d.proceed <- nil
	}
	for rows < tablets*50 {
		stored(d.next(t))
	}
	stop()
	for over := false; !over; {
		select {
		case group := <-d.groups: // what was sent again, if it was taken again
			stored(group)
		case <-ended:
			over = true
		case <-time.After(time.Minute):
			t.Fatal("it doesn't end")
		}
	}
	if rows != tablets*50 {
		t.Errorf("%d rows of the backlog are stored, want %d: each once, however often it is sent", rows, tablets*50)
	}
}
