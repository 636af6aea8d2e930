package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// The page of a tablet whose memory was damaged says which records are missing,
// and between when they were written.
func TestTabletPageNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := w.tablet(w.north.ID, "Gate 2")
	gate.tell(device.KindStarted, w.now().Add(-2*time.Hour), new(wire.StartedPayload)) // 1
	gate.seq += 2                                                                      // 2 and 3 are lost
	gate.tell(device.KindStarted, w.now().Add(-time.Hour), new(wire.StartedPayload))   // 4
	gate.tell(device.KindSalvaged, w.now(), &wire.SalvagePayload{Streams: []*wire.SalvagePayload_Stream{{
		Stream: gate.stream[:], First: 1, Last: 4, Found: 2, Missing: []*wire.Span{{From: 2, To: 3}},
	}}})
	page := w.as(w.admin.Email).get("/devices/" + string(gate.at.Device))
	page.shows(t, http.StatusOK, "Records that are missing", "Nos. 2 to 3 are missing (2 records)", "written between", "there may have been more")
	if quiet := w.as(w.admin.Email).get("/devices/" + string(w.tablet(w.north.ID, "Gate 3").at.Device)); strings.Contains(quiet.body, "Records that are missing") {
		t.Error("another tablet lacks something too")
	}
}
