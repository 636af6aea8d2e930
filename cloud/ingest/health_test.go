package ingest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// vitals is a store that is busy with one tablet's rows for a while.
type vitals struct {
	desk
	mu   sync.Mutex
	busy attendance.DeviceID
	kept map[attendance.DeviceID][]string // versions
	told map[string]int                   // of whom news was announced, how often
	also func()                           // happens while it is busy, once
}

func (*vitals) Presence(context.Context, wire.Address, *wire.Presence) (bool, error) {
	return false, nil
}

func (v *vitals) Pulses(_ context.Context, pulses map[wire.Address]*wire.Pulse) (heard device.Heard, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for from, p := range pulses {
		if from.Device == v.busy {
			heard.Busy = append(heard.Busy, from.Device)
			if v.also != nil {
				v.also()
				v.also = nil
			}
			continue
		}
		v.kept[from.Device] = append(v.kept[from.Device], p.GetVersion())
	}
	return heard, nil
}

func (v *vitals) Announce(_ attendance.OrgID, _, id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told[id]++
}

// The pulse of a tablet whose rows are being stored is kept once they are, and only the
// newest: the tablet needn't send it again.
func TestPulseIsKeptOnceTheTabletIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vitals{busy: "busy", kept: map[attendance.DeviceID][]string{}, told: map[string]int{}}
		in := New(Config{Journal: v, Health: v, Downlink: v, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go in.Run(ctx)
		pulse := func(dev attendance.DeviceID, version string) {
			body, err := proto.Marshal(&wire.Pulse{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			in.Handle(ctx, wire.Address{Org: "o", Device: dev}, wire.UpPulse, body)
		}
		is := func(busy, other int) {
			t.Helper()
			synctest.Wait()
			v.mu.Lock()
			defer v.mu.Unlock()
			if len(v.kept["busy"]) != busy || v.told["busy"] != busy || len(v.kept["other"]) != other {
				t.Errorf("kept %v, told %v", v.kept, v.told)
			}
		}
		v.also = func() { pulse("busy", "2") }
		pulse("busy", "1")
		synctest.Wait()
		pulse("other", "1")
		time.Sleep(time.Second)
		is(0, 1)
		v.mu.Lock()
		v.busy = ""
		v.mu.Unlock()
		time.Sleep(time.Second)
		is(1, 1)
		if v.kept["busy"][0] != "2" {
			t.Errorf("an old pulse is kept: %v", v.kept)
		}
	})
}
