package store

import (
	"math"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// A clock that shows what no clock can, with a hash that fits, blocks nothing behind
// it: what can't be reckoned with goes to quarantine before a database has to.
func TestClockThatCannotBeBlocksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var batch wire.JournalBatch
	for _, us := range []int64{math.MaxInt64, math.MinInt64, 0} {
		r := p.punch(anna.ID, "")
		if us != 0 {
			r.Clock = attendance.ClockReading{Device: time.UnixMicro(us), BootID: "boot", Trust: attendance.TrustEstimated, Offset: time.Duration(us / 1024)}
			p.last = p.seal(r)
		}
		batch.Rows = append(batch.Rows, wire.FromRow(p.last))
	}
	d := wire.UnpackBatch(must(proto.Marshal(&batch))(t))
	d.Org, d.Device, d.Received = p.from.Org, p.from.Device, p.now()
	for range 2 {
		if _, err := w.Deliver(t.Context(), []device.Delivery{d}); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 1 {
		t.Errorf("%d punches count of the one that can", n)
	}
	if got := w.deliver(t, p, p.punch(anna.ID, "")); got.Through != 4 {
		t.Errorf("the next one: %+v", got)
	}
}
