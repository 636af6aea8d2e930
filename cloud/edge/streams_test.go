package edge

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"muster/sync/wire"
)

// The disk that the broker has its folder on is of no use, from before the first tablet
// comes: tablets come, speak and are spoken to all the same.
func TestBrokerWithoutADisk(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpJournal)
	if err := errors.Join(os.RemoveAll(b.scratch), os.WriteFile(b.scratch, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d := b.tablet().on()
		if !d.subscribed(d.me.DownAll(), 1) {
			t.Fatal("it may not listen")
		}
		d.publish(d.me.Up(wire.UpJournal), "a punch")
		if got := b.next(); got.from != d.me || got.body != "a punch" {
			t.Errorf("%+v came", got)
		}
		if err := b.Send(d.me, wire.DownAck, []byte("have it")); err != nil {
			t.Fatal(err)
		}
		if got := d.received(); got != "have it" {
			t.Errorf("the tablet heard %q", got)
		}
	}
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	for s := range js.ListStreams(t.Context()).Info() {
		if s.Config.Storage != jetstream.MemoryStorage {
			t.Errorf("%s is on the disk", s.Config.Name)
		}
	}
	if _, err := os.ReadDir(b.scratch); errors.Is(err, fs.ErrNotExist) {
		t.Error("somebody took the file away")
	}
}
