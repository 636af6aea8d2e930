package store

import (
	"testing"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// After a tablet's memory was damaged its page says which records are missing and
// when they were written, so that the right people can be asked: what could not be
// read there, less what is here all the same.
func TestDamagedTabletSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 30 {
		w.clock.forward(time.Minute)
		rows = append(rows, p.punch(anna.ID, ""))
	}
	at := func(seq int) int64 { return rows[seq-1].Clock.Cloud().UnixMicro() }
	w.deliver(t, p, rows[:21]...)
	w.deliver(t, p, append(rows[22:26:26], rows[28])...) // 22 is missing; 23 to 26, and 29
	old := p.last.Stream
	next := w.pen(t, w.admin.Org, w.north.ID)
	next.from = p.from
	told := next.write(device.KindSalvaged, &wire.SalvagePayload{Streams: []*wire.SalvagePayload_Stream{{
		Stream: old[:], First: 15, Last: 29, Found: 10, Missing: []*wire.Span{{From: 20, To: 22}, {From: 27, To: 28}},
	}}})
	w.deliver(t, next, told)
	got := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t).Losses
	if len(got) != 3 {
		t.Fatalf("missing: %+v", got)
	}
	for i, want := range []struct {
		from, to      uint64
		after, before int64
	}{{22, 22, at(21), at(23)}, {27, 28, at(26), at(29)}, {30, 0, at(29), told.Clock.Cloud().UnixMicro()}} {
		g := got[i]
		if g.From != want.from || g.To != want.to || g.Open != (want.to == 0) || g.After.UnixMicro() != want.after || g.Before.UnixMicro() != want.before || g.Stream != old {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
	if all := must(w.Tablets(t.Context(), w.admin.Actor()))(t); len(all) == 0 {
		t.Error("no tablets")
	}
	// Whoever has asked the people settles it.
	for _, q := range must(w.Quarantined(t.Context(), w.admin.Actor()))(t) {
		if err := w.DismissQuarantined(t.Context(), w.admin.Actor(), q.ID, "asked"); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t).Losses; len(got) != 0 {
		t.Errorf("still missing: %+v", got)
	}
}
