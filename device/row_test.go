package device_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// A change to any field of a row must change its hash: otherwise that field
// could be altered on the way without the chain showing it.
func TestEveryFieldIsHashed(t *testing.T) {
	t.Parallel()
	base := device.Row{
		Stream: uuid.MustParse("0199a0b0-0000-7000-8000-000000000001"), Seq: 7,
		ID:   uuid.MustParse("0199a0b0-0000-7000-8000-000000000002"),
		Kind: device.KindPunch, Payload: []byte("payload"),
		Clock: attendance.ClockReading{
			Device: time.UnixMicro(1_700_000_000_000_000), Monotonic: time.Hour, BootID: "boot",
			Offset: time.Second, Uncertainty: time.Millisecond, Trust: attendance.TrustEstimated,
		},
	}
	changes := map[string]func(*device.Row){
		"stream":      func(r *device.Row) { r.Stream[0]++ },
		"seq":         func(r *device.Row) { r.Seq++ },
		"id":          func(r *device.Row) { r.ID[0]++ },
		"kind":        func(r *device.Row) { r.Kind = device.KindClock },
		"payload":     func(r *device.Row) { r.Payload = []byte("payloae") },
		"device time": func(r *device.Row) { r.Clock.Device = r.Clock.Device.Add(time.Microsecond) },
		"monotonic":   func(r *device.Row) { r.Clock.Monotonic += time.Microsecond },
		"boot":        func(r *device.Row) { r.Clock.BootID = "boos" },
		"offset":      func(r *device.Row) { r.Clock.Offset = -r.Clock.Offset },
		"uncertainty": func(r *device.Row) { r.Clock.Uncertainty *= 2 },
		"trust":       func(r *device.Row) { r.Clock.Trust = attendance.TrustStepped },
		"prev":        func(r *device.Row) { r.Prev[31] = 1 },
	}
	for name, change := range changes {
		row := base
		change(&row)
		if row.Sum() == base.Sum() {
			t.Errorf("changing the %s leaves the hash as it was", name)
		}
	}
	moved := base
	moved.Kind, moved.Payload = "punchp", []byte("ayload")
	if moved.Sum() == base.Sum() {
		t.Error("moving a byte from one field to the next leaves the hash as it was")
	}
}
