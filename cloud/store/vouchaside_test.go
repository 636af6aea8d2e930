package store

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// A double of a tablet tells a row that its disk has spoiled. The tablet's own row
// for that place is lost on the way: the receipt says what lies there, so that the
// tablet doesn't take it for its own, and tells it once more.
func TestReceiptNamesWhatLiesAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.write(device.KindStarted, new(wire.StartedPayload)))
	twin := *p
	second, third := p.punch(anna.ID, ""), p.punch(anna.ID, "")
	spoiled := wire.FromRow(twin.punch(anna.ID, ""))
	spoiled.Payload[0] ^= 0xff
	body := must(proto.Marshal(spoiled))(t)
	broken := p.delivery()
	broken.Broken = []device.Broken{{Stream: second.Stream, Seq: 2, Reason: "wrong-hash", Body: body}}
	got := w.answer(t, broken)
	if got.Through != 2 || got.Linked != 1 || len(got.Aside) != 1 || got.Aside[0].Seq != 2 || !slices.Equal(got.Aside[0].Sums, []device.Hash{wire.BodySum(body)}) {
		t.Errorf("receipt %+v", got)
	}
	// Whatever else it is told: of the place is said what lies there, until the row comes.
	if got := w.answer(t, p.standing(1, 1, third)); got.Through != 3 || got.AsideAfter != 1 || len(got.Aside) != 1 {
		t.Errorf("receipt %+v", got)
	}
	if got := w.answer(t, p.standing(1, 1, second)); got.Through != 3 || len(got.Aside) != 0 {
		t.Errorf("now it is here, and the receipt is %+v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE id IN (?, ?)`, second.ID.String(), third.ID.String()); n != 2 {
		t.Errorf("%d punches count of two", n)
	}
}

// A tablet that asks hears of every such place of which it has the row, also of one
// that it was told before is safe: this database may have been set back since.
func TestAskedReceiptNamesAllThatLiesAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	broken := p.delivery(first)
	for range 2 {
		row := p.punch(anna.ID, "")
		broken.Broken = append(broken.Broken, device.Broken{Stream: row.Stream, Seq: row.Seq, Reason: "wrong-hash", Body: []byte{byte(row.Seq)}})
	}
	w.answer(t, broken)
	last := p.punch(anna.ID, "")
	if got := w.answer(t, p.standing(3, 1, last)); got.Through != 4 || got.Asked || got.AsideAfter != 3 || len(got.Aside) != 0 {
		t.Errorf("with a row it is told %+v", got)
	}
	ask := p.standing(4, 1)
	ask.Asks = true
	got := w.answer(t, ask)
	if !got.Asked || got.AsideAfter != 0 || len(got.Aside) != 2 || got.Aside[0].Seq != 2 || got.Aside[0].Before != first.Hash || got.Aside[1].Before != (device.Hash{}) {
		t.Errorf("asking it is told %+v", got)
	}
	// Also behind a gap, of which the tablet doesn't know.
	gap := p.delivery()
	p.punch(anna.ID, "")
	behind := p.punch(anna.ID, "")
	gap.Broken = []device.Broken{{Stream: behind.Stream, Seq: behind.Seq, Reason: "wrong-hash", Body: []byte{6}}}
	w.answer(t, gap)
	ask = p.standing(6, 6)
	ask.Asks = true
	if got := w.answer(t, ask); got.Through != 4 || len(got.Aside) != 1 || got.Aside[0].Seq != 6 {
		t.Errorf("asking about one behind a gap it is told %+v", got)
	}
	last = p.punch(anna.ID, "")
	w.deliver(t, p, last)
	ask = p.standing(7, 7)
	ask.Asks = true
	if got := w.answer(t, ask); got.Through != 4 || !slices.Equal(got.Sparse, []uint64{7}) || got.Hashes[0] != last.Hash {
		t.Errorf("asking about a row behind a gap it is told %+v", got)
	}
	ask = p.standing(4, 3)
	ask.Asks = true
	if got := w.answer(t, ask); got.AsideAfter != 2 || len(got.Aside) != 1 {
		t.Errorf("asking, with nothing before the third any more, it is told %+v", got)
	}
}

// However much lies in quarantine: a receipt goes no further than it names, and a
// tablet comes to the end of it.
func TestReceiptWithMuchAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	w.deliver(t, p, first)
	d := p.delivery()
	for seq := range uint64(mostAside + 200) {
		d.Broken = append(d.Broken, device.Broken{Stream: first.Stream, Seq: seq + 2, Reason: "wrong-hash", Body: []byte{byte(seq), byte(seq >> 8)}})
	}
	got := w.answer(t, d)
	if got.Through != mostAside+1 || len(got.Aside) != mostAside+200 || len(got.Sparse) != 200 {
		t.Errorf("through %d, %d named, %d sparse", got.Through, len(got.Aside), len(got.Sparse))
	}
	d = p.standing(mostAside+1, 1)
	if got = w.answer(t, d); got.Through != mostAside+201 || got.AsideAfter != mostAside+1 || len(got.Aside) != 200 {
		t.Errorf("then through %d behind %d, %d named", got.Through, got.AsideAfter, len(got.Aside))
	}
}

// Of two rows that a tablet found in one place, the one that doesn't count waits for
// somebody to decide; told twice it is there once, and not at all when it is known.
func TestDoubtfulRowWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	known := p.punch(anna.ID, "")
	w.deliver(t, p, known)
	other := *p
	rival := other.punch(anna.ID, "")
	for _, row := range []device.Row{rival, known, rival} {
		w.deliver(t, p, p.write(device.KindDoubtful, wire.FromRow(row)))
	}
	if got := w.reasons(t, p); !slices.Equal(got, []string{"doubtful"}) {
		t.Fatalf("in quarantine for %v", got)
	}
	all := must(w.Quarantined(t.Context(), w.admin.Actor()))(t)
	if len(all) != 1 || !all[0].Assignable || string(all[0].Punch.ID) != rival.ID.String() {
		t.Errorf("%+v", all)
	}
}
