package store

import (
	"errors"
	"slices"
	"testing"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// While the rows of one tablet are being stored, its pulse waits, and nobody waits with
// it: the others' are kept, and nothing of theirs stays locked.
func TestPulsesWaitForNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	if !w.write.bulk() {
		t.Skip("SQLite has one writer: no tablet is ever locked while another writes")
	}
	at := func(dev attendance.DeviceID) wire.Address { return wire.Address{Org: w.admin.Org, Device: dev} }
	var devs []attendance.DeviceID
	pulses := map[wire.Address]*wire.Pulse{at(attendance.NewID[attendance.DeviceID]()): {Session: "s"}} // one that is not there any more
	for _, name := range []string{"A", "B", "C"} {
		dev := w.device(t, w.admin.Org, w.north.ID, name)
		devs, pulses[at(dev)] = append(devs, dev), &wire.Pulse{Session: "s", Version: "7"}
	}
	busy := devs[1]
	// The test runs inside a transaction that has the tablet locked, as storing its rows has.
	err := w.changeLocked(ctx, func(tx *tx) error {
		if _, err := tx.couriers(ctx, []device.Delivery{{Org: w.admin.Org, Device: busy}}); err != nil {
			return err
		}
		heard := must(w.Pulses(ctx, pulses))(t)
		if !slices.Equal(heard.Busy, []attendance.DeviceID{busy}) {
			t.Errorf("busy: %v, want %v", heard.Busy, busy)
		}
		for _, dev := range devs {
			if online := w.online(t, dev); online != (dev != busy) {
				t.Errorf("%s online: %v", dev, online)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if heard := must(w.Pulses(ctx, pulses))(t); len(heard.Busy) != 0 || !w.online(t, busy) {
		t.Errorf("afterwards: %+v, online %v", heard, w.online(t, busy))
	}
}

// While the rows of a tablet are being stored, its session begins and ends in vain, which is
// said at once; one that is not there any more is never waited for.
func TestPresenceWaitsForNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	if !w.write.bulk() {
		t.Skip("SQLite has one writer: no tablet is ever locked while another writes")
	}
	at := func(dev attendance.DeviceID) wire.Address { return wire.Address{Org: w.admin.Org, Device: dev} }
	busy, other := w.device(t, w.admin.Org, w.north.ID, "A"), w.device(t, w.admin.Org, w.north.ID, "B")
	begun := &wire.Presence{Session: "s", Online: true}
	err := w.changeLocked(ctx, func(tx *tx) error {
		if _, err := tx.couriers(ctx, []device.Delivery{{Org: w.admin.Org, Device: busy}}); err != nil {
			return err
		}
		if changed, err := w.Presence(ctx, at(busy), begun); !errors.Is(err, device.ErrBusy) || changed {
			t.Errorf("a busy tablet: %v, %v", changed, err)
		}
		if changed, err := w.Presence(ctx, at(other), begun); err != nil || !changed {
			t.Errorf("another tablet: %v, %v", changed, err)
		}
		if changed, err := w.Presence(ctx, at(attendance.NewID[attendance.DeviceID]()), begun); err != nil || changed {
			t.Errorf("one that is not there: %v, %v", changed, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := w.Presence(ctx, at(busy), begun); err != nil || !changed || !w.online(t, busy) {
		t.Errorf("afterwards: %v, %v", changed, err)
	}
}
