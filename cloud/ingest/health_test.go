package ingest

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
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

	sessions map[attendance.DeviceID][]string // began and ended, in order
}

func (v *vitals) Presence(_ context.Context, from wire.Address, p *wire.Presence) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if from.Device == v.busy {
		if v.also != nil {
			v.also()
			v.also = nil
		}
		return false, device.ErrBusy
	}
	word := "-"
	if p.GetOnline() {
		word = "+"
	}
	v.sessions[from.Device] = append(v.sessions[from.Device], word+p.GetSession())
	return true, nil
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

// While a tablet's rows are being stored, it waits to be kept that its newest session began
// and ended, in this order, and nobody waits with it.
func TestPresenceIsKeptOnceTheTabletIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vitals{busy: "busy", sessions: map[attendance.DeviceID][]string{}, told: map[string]int{}}
		var attended []attendance.DeviceID
		in := New(Config{
			Journal: v, Health: v, Downlink: v, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
			Attend: func(_ context.Context, dev attendance.DeviceID) { attended = append(attended, dev) },
		})
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go in.Run(ctx)
		tell := func(dev attendance.DeviceID, session string, online bool) {
			body, err := proto.Marshal(&wire.Presence{Session: session, Online: online})
			if err != nil {
				t.Fatal(err)
			}
			in.Handle(ctx, wire.Address{Org: "o", Device: dev}, wire.UpPresence, body)
		}
		is := func(busy, other string) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			v.mu.Lock()
			defer v.mu.Unlock()
			for dev, want := range map[attendance.DeviceID]string{"busy": busy, "other": other} {
				if got := strings.Join(v.sessions[dev], " "); got != want || v.told[string(dev)] != len(v.sessions[dev]) {
					t.Errorf("%s: %q, told %d times; want %q", dev, got, v.told[string(dev)], want)
				}
			}
		}
		v.also = func() { tell("busy", "2", true) }
		tell("busy", "1", true)
		tell("busy", "1", false)
		synctest.Wait()
		tell("other", "1", true)
		is("", "+1")
		for i := range 20 {
			tell("other", strconv.Itoa(i), false)
			synctest.Wait()
		}
		v.mu.Lock()
		v.busy, v.sessions["other"], v.told["other"] = "", nil, 0
		v.mu.Unlock()
		tell("busy", "2", false)
		is("+2 -2", "")
		if want := []attendance.DeviceID{"other", "busy"}; !slices.Equal(attended, want) {
			t.Errorf("commands were looked for of %v, want %v", attended, want)
		}
		v.mu.Lock()
		v.busy = "busy"
		v.mu.Unlock()
		for i := range 3 * mostPresences {
			tell("busy", strconv.Itoa(i), i == 0)
		}
		time.Sleep(time.Second)
		v.mu.Lock()
		v.busy, v.sessions["busy"] = "", nil
		v.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		v.mu.Lock()
		defer v.mu.Unlock()
		if got := v.sessions["busy"]; len(got) != mostPresences || got[mostPresences-1] != "-"+strconv.Itoa(3*mostPresences-1) {
			t.Errorf("of a tablet that comes and goes all the time: %v", got)
		}
	})
}
