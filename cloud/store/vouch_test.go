package store

import (
	"testing"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// A row of a double that was put aside doesn't fill the gap in the journal of the
// tablet: the rows behind would vouch for one that never came.
func TestRowPutAsideFillsNoGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	second, third := p.punch(anna.ID, ""), p.punch(anna.ID, "")
	w.deliver(t, p, first)
	w.deliver(t, p, third) // the second is lost on the way
	other := twin.punch(anna.ID, "")
	if got := w.deliver(t, &twin, other); !got.Forked {
		t.Errorf("the double isn't told: %+v", got)
	}
	if got := w.answer(t, p.standing(1, 1)); got.Through != 1 {
		t.Errorf("the tablet is told %+v; its second row never came", got)
	}
	if got := w.deliver(t, p, second); got.Through != 3 || got.Forked || got.Linked != 3 || got.Hash != third.Hash {
		t.Errorf("now it is here, and the answer is %+v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE id IN (?, ?)`, second.ID.String(), third.ID.String()); n != 2 {
		t.Errorf("%d punches count of two", n)
	}
}

// Rows of a tablet and of its double that are taken in together are looked at as
// if they had come one after the other, whichever comes first.
func TestDoublesTakenInTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	second, third := p.punch(anna.ID, ""), p.punch(anna.ID, "")
	w.deliver(t, p, first)
	other := twin.punch(anna.ID, "")
	if got := w.deliver(t, p, third, other); got.Through != 1 || !got.Forked {
		t.Errorf("of the second and the third, which don't belong together, is told %+v", got)
	}
	if got := w.deliver(t, p, second); got.Through != 3 {
		t.Errorf("then the right one comes, and the answer is %+v", got)
	}
	if err := w.Verify(t.Context(), p.from.Device, func(j Journal) error {
		for _, f := range j.Faults {
			if f.Kind == Unlinked {
				t.Error(f)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// A row that comes in one delivery with the one after it, and behind it, is dated by
// the order in which they were written, as if they had come one by one.
func TestLiveRowTakenInBeforeItsBacklog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.write(device.KindStarted, new(wire.StartedPayload)))
	second := p.punch(anna.ID, "")
	second.Clock.Offset += 10 * time.Second // then the clocks are compared anew
	second = p.seal(second)
	p.last = second
	third := p.punch(anna.ID, "")
	if got := w.deliver(t, p, third, second); got.Through != 3 || got.Forked {
		t.Errorf("receipt %+v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches a JOIN punches b ON a.id = ? AND b.id = ? AND a.at <= b.at`, second.ID.String(), third.ID.String()); n != 1 {
		t.Error("the second punch is dated behind the third")
	}
}
