package store

import (
	"slices"
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

// When the cloud was restored from a backup, the tablet's page says what it has lost for
// good and when that was written, less what was told again.
func TestTabletSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		w.clock.forward(time.Minute)
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...)
	w.deliver(t, p, rows[8:10]...)
	w.deliver(t, p, rows[11])
	w.answer(t, p.standing(10, 9)) // 4 to 8 were safe, and are pruned
	is := func(spans ...device.Span) {
		t.Helper()
		var want []device.Loss
		for _, s := range spans {
			want = append(want, device.Loss{Stream: p.last.Stream, From: s.From, To: s.To, After: rows[s.From-2].Clock.Cloud(), Before: rows[s.To].Clock.Cloud()})
		}
		got := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t).Losses
		if !slices.EqualFunc(got, want, func(a, b device.Loss) bool {
			return a.Stream == b.Stream && a.From == b.From && a.To == b.To && !a.Open && a.After.Equal(b.After) && a.Before.Equal(b.Before)
		}) {
			t.Errorf("missing: %+v, want %+v", got, want)
		}
	}
	is(device.Span{From: 4, To: 8})
	w.deliver(t, p, rows[4]) // by a copy
	is(device.Span{From: 4, To: 4}, device.Span{From: 6, To: 8})
	asked := must(w.Quarantined(t.Context(), w.admin.Actor()))(t)
	d := p.standing(10, 9)
	d.Standing[0].Gone = []device.Span{{From: 11, To: 12}}
	w.answer(t, d)
	is(device.Span{From: 4, To: 4}, device.Span{From: 6, To: 8}, device.Span{From: 11, To: 11})
	for _, q := range asked {
		if err := w.DismissQuarantined(t.Context(), w.admin.Actor(), q.ID, "asked"); err != nil {
			t.Fatal(err)
		}
	}
	is(device.Span{From: 11, To: 11})
}
