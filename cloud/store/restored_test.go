package store

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// standing is the pen's delivery with how its tablet says that it stands.
func (p *pen) standing(through, oldest uint64, rows ...device.Row) device.Delivery {
	d := p.delivery(rows...)
	d.Standing = []device.Standing{{Stream: p.last.Stream, Through: through, Oldest: oldest}}
	return d
}

func (w *world) answer(t *testing.T, d device.Delivery) device.Receipt {
	t.Helper()
	out := must(w.Deliver(t.Context(), []device.Delivery{d}))(t)
	if len(out[0].Receipts) != 1 {
		t.Fatalf("receipts %+v, want one", out[0].Receipts)
	}
	return out[0].Receipts[0]
}

// A tablet that was told of more than is here, was told so by a database that this
// one is an older copy of. What it still has it is asked for; what it hasn't raises
// the alarm, and the gap stays.
func TestRestoredCloudAsksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 8 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // then the backup is made; 4 to 8 are confirmed and forgotten
	if got := w.answer(t, p.standing(3, 1)); got.Through != 3 || got.Again {
		t.Errorf("nothing is lacking, and the answer is %+v", got)
	}
	if got := w.answer(t, p.standing(8, 2)); got.Through != 3 || !got.Again {
		t.Errorf("4 to 8 are lacking, and the answer is %+v", got)
	}
	if got := w.reasons(t, p); len(got) > 0 {
		t.Errorf("alarm %v though the tablet has everything", got)
	}
	// It has pruned 4 and 5 meanwhile.
	for range 2 {
		if got := w.answer(t, p.standing(8, 6)); got.Through != 3 || !got.Again {
			t.Errorf("6 to 8 are lacking, and the answer is %+v", got)
		}
	}
	if got := w.reasons(t, p); !slices.Equal(got, []string{string(device.AlarmLost)}) {
		t.Errorf("alarms %v, want one about the lost rows", got)
	}
	if got := w.answer(t, p.standing(8, 6, rows[5:]...)); got.Through != 3 || got.Again || !slices.Equal(got.Sparse, []uint64{6, 7, 8}) {
		t.Errorf("all is here that can be, and the answer is %+v", got)
	}
	tablet := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t)
	if len(tablet.Alarms) != 1 || tablet.Alarms[0].Kind != device.AlarmLost {
		t.Errorf("the console hears of %+v", tablet.Alarms)
	}
}

// A tablet has pruned rows that were safe; the cloud was set back, and a copy of the
// tablet has filled their places. Only the hash of the last one tells, and the alarm says so.
func TestPrunedRowsWereReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	p.punch(anna.ID, "") // here once, and no more
	third := p.punch(anna.ID, "")
	theirs := twin.punch(anna.ID, "")
	w.deliver(t, &twin, first, theirs)
	ask := func(before device.Hash) []device.Alarm {
		d := p.standing(2, 3)
		d.Asks, d.Standing[0].Before = true, before
		w.answer(t, d)
		return must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t).Alarms
	}
	if got := ask(theirs.Hash); len(got) != 0 {
		t.Errorf("the rows of this one are here, and the console hears of %+v", got)
	}
	for range 2 { // told twice it is one
		if got := ask(third.Prev); len(got) != 1 || got[0].Kind != device.AlarmLost {
			t.Errorf("the console hears of %+v", got)
		}
	}
}

// A row that comes late, in front of one that is here, must be the one that this
// one follows: a tablet that was set back has written another with its number.
func TestRowInFrontMustBeTheRightOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	at := p.last
	other := p.write(device.KindStarted, &wire.StartedPayload{Version: "lost"})
	p.last = at // set back
	p.write(device.KindStarted, &wire.StartedPayload{Version: "again"})
	third := p.write(device.KindStarted, new(wire.StartedPayload))
	w.deliver(t, p, first, third)
	if got := w.deliver(t, p, other, third); !got.Forked {
		t.Errorf("the tablet isn't told: %+v", got)
	}
	if got := w.reasons(t, p); !slices.Equal(got, []string{"broken-chain"}) {
		t.Errorf("in quarantine for %v, want the row that the third doesn't follow", got)
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

// A tablet that was set back tells its rows again in a new stream. Those that are
// here count once and ask nothing of anybody; the others count now.
func TestToldAgainInANewStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	rows := []device.Row{p.punch(anna.ID, ""), p.punch(anna.ID, "")}
	w.deliver(t, p, rows...)
	again := &pen{t: t, from: p.from, site: p.site, last: device.Row{Stream: uuid.New()}, now: p.now}
	for _, r := range append(rows, p.punch(anna.ID, "")) {
		r.Stream, r.Seq, r.Prev = again.last.Stream, again.last.Seq+1, again.last.Hash
		again.last = again.seal(r)
		if got := w.deliver(t, again, again.last); got.Through != r.Seq || got.Forked {
			t.Errorf("row %d: %+v", r.Seq, got)
		}
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 3 {
		t.Errorf("%d punches, want 3", n)
	}
	if n := w.number(t, `SELECT count(*) FROM quarantine WHERE device = ? AND resolved_at = 0`, p.from.Device); n != 0 {
		t.Errorf("%d entries wait for somebody", n)
	}
	// Another row under the id of one that is here is no repetition.
	thief := p.punch(anna.ID, "")
	thief.ID, thief.Stream, thief.Seq, thief.Prev = rows[0].ID, again.last.Stream, again.last.Seq+1, again.last.Hash
	w.deliver(t, again, again.seal(thief))
	if n := w.number(t, `SELECT count(*) FROM quarantine WHERE device = ? AND resolved_at = 0`, p.from.Device); n != 1 {
		t.Errorf("%d entries wait for somebody, want the other row", n)
	}
}

// After a restore the feeds begin anew: a tablet that knows more than the cloud
// gets the whole roster, even when the numbers have caught up.
func TestFeedsBeginAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	at := wire.Address{Org: w.admin.Org, Device: p.from.Device}
	before := must(w.FeedPage(t.Context(), at, &wire.FeedPull{}, 1<<20))(t)
	moved := map[attendance.SiteID]bool{}
	w.OnFeed(func(s attendance.SiteID) { moved[s] = true })
	if err := w.BeginFeedsAnew(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := must(w.FeedPage(t.Context(), at, &wire.FeedPull{Epoch: before.GetEpoch(), Have: before.GetTo()}, 1<<20))(t)
	if !after.GetSnapshot() || after.GetEpoch() == before.GetEpoch() || len(after.GetChanges()) != len(before.GetChanges()) || !moved[w.north.ID] {
		t.Errorf("%+v; tablets are told: %v", after, moved)
	}
}

// Behind a gap that nothing closes any more "everything through" says nothing: what
// the tablet was told of rows there is compared too.
func TestRestoredCloudAsksForRowsBehindAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 9 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // 4 was lost with the tablet's memory
	d := p.standing(3, 1)
	d.Standing[0].Behind = []device.Span{{From: 5, To: 6}, {From: 8, To: 9}}
	ask := func(want bool) {
		t.Helper()
		if got := w.answer(t, d); got.Through != 3 || got.Again != want {
			t.Errorf("%+v, want again %v", got, want)
		}
	}
	ask(true)
	w.deliver(t, p, rows[4], rows[5], rows[7])
	ask(true)
	w.deliver(t, p, rows[8])
	ask(false)
	if got := w.reasons(t, p); len(got) > 0 {
		t.Errorf("alarm %v though the tablet has everything", got)
	}
}
