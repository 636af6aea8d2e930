package sqlite

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// claim adds a tablet that waits for a manager and returns its user code.
func (w *world) claim(t *testing.T) string {
	t.Helper()
	id := attendance.NewID[string]()
	code := "BCDFGHJK"
	now := w.clock.now()
	err := w.AddClaim(t.Context(), device.ClaimRecord{
		ID: id, Key: []byte("key " + id), DeviceCode: device.Hash([]byte(id)[:32]),
		Claim: device.Claim{UserCode: code, Hardware: "Bench", Version: "1", Address: "192.0.2.1", Created: now, Expires: now.Add(15 * time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}
