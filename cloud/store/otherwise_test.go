package store

import (
	"slices"
	"testing"

	"muster/device"
	"muster/sync/wire"
)

// A tablet says which row it was told to be safe. Where another one stands, told by its
// double after this database was set back, it is to tell all it has again, though there
// are as many rows as it knows of: alone, and together with others' rows.
func TestAnotherRowStandsWhereOursWasSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	p.punch(anna.ID, "") // safe once
	next := p.punch(anna.ID, "")
	fourth, fifth := p.punch(anna.ID, ""), p.punch(anna.ID, "")
	w.deliver(t, &twin, first, twin.punch(anna.ID, ""), twin.punch(anna.ID, ""))

	says := func(hash device.Hash, rows ...device.Row) device.Delivery {
		d := p.standing(3, 1, rows...)
		d.Standing[0].Hash = hash
		return d
	}
	if got := w.answer(t, says(device.Hash{})); got.Forked || got.Again {
		t.Errorf("a tablet that doesn't say which row is told %+v", got)
	}
	if got := w.answer(t, says(twin.last.Hash)); got.Forked || got.Again || got.Through != 3 {
		t.Errorf("the one whose rows are here is told %+v", got)
	}
	if got := w.answer(t, says(next.Hash)); !got.Forked || !got.Again {
		t.Errorf("the one whose rows are gone is told %+v", got)
	}
	// What a disk has spoiled comes between: the hash of a row behind it proves nothing
	// of what is before.
	broken := p.delivery()
	broken.Broken = []device.Broken{{Stream: first.Stream, Seq: 4, Reason: "wrong-hash", Body: wireBody(fourth)}}
	if _, err := w.Deliver(t.Context(), []device.Delivery{broken}); err != nil {
		t.Fatal(err)
	}
	other := w.pen(t, w.admin.Org, w.north.ID)
	both, err := w.Deliver(t.Context(), []device.Delivery{says(next.Hash, fifth), other.delivery(other.write(device.KindStarted, new(wire.StartedPayload)))})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(both[0].Receipts, func(r device.Receipt) bool { return r.Stream == first.Stream })
	if got := both[0].Receipts[i]; !got.Forked || !got.Again {
		t.Errorf("with a row behind a spoiled one it is told %+v", got)
	}
	if got := both[1].Receipts[0]; got.Forked || got.Again {
		t.Errorf("another tablet is told %+v", got)
	}
}
