package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// swamp is a store that never gets through with what some tablets tell.
type swamp struct {
	desk
	mu     sync.Mutex
	deep   map[attendance.DeviceID]bool
	stored map[attendance.DeviceID][]time.Time
}

func (s *swamp) Deliver(ctx context.Context, all []device.Delivery) ([]device.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(all, func(d device.Delivery) bool { return s.deep[d.Device] }) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, d := range all {
		s.stored[d.Device] = append(s.stored[d.Device], time.Now())
	}
	return make([]device.Outcome, len(all)), nil
}

// The store never gets through with what one tablet tells. Those whose rows were to go with
// it are stored a moment later, and from then on they don't wait for it at all. Once the
// store takes its rows, it goes with the others again.
func TestOneTabletThatTakesTooLongHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &swamp{deep: map[attendance.DeviceID]bool{"bad": true}, stored: map[attendance.DeviceID][]time.Time{}}
		in := New(Config{Journal: s, Downlink: s, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		var group []delivery
		for i := range 20 {
			from := wire.Address{Org: "o", Device: attendance.DeviceID(fmt.Sprint("tablet ", i))}
			if i == 7 {
				from.Device = "bad"
			}
			d := delivery{from: from, rows: device.Delivery{Org: from.Org, Device: from.Device}}
			d.rows.Rows = []device.Row{{Stream: uuid.New(), Seq: 1}}
			group = append(group, d)
		}
		// round stores all and returns how long the others waited at most.
		round := func() (most time.Duration) {
			clear(s.stored)
			began := time.Now()
			in.store(t.Context(), group)
			for _, d := range group {
				at := s.stored[d.from.Device]
				if d.from.Device == "bad" && s.deep["bad"] {
					continue
				}
				if len(at) != 1 {
					t.Fatalf("%s is stored %d times", d.from.Device, len(at))
				}
				most = max(most, at[0].Sub(began))
			}
			return most
		}
		if most := round(); most > groupTimeout+apartTimeout {
			t.Errorf("others wait for %s", most)
		}
		if !in.Failing() {
			t.Error("nothing says that one is not stored")
		}
		for range 3 {
			if most := round(); most > 0 {
				t.Errorf("it is known to take too long, and others wait for %s", most)
			}
		}
		s.deep["bad"] = false
		round()
		s.deep["bad"] = true
		if most := round(); most == 0 {
			t.Error("it was stored, and does not go with the others again")
		}
		time.Sleep(2 * patience)
		s.deep["bad"] = false
		round()
		if in.Failing() {
			t.Error("all is stored")
		}
	})
}
