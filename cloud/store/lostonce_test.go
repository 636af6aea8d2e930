package store

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// A tablet has pruned rows behind a gap of its own that nothing closes. A database
// that was restored lacks them: that raises the alarm, once.
func TestLostBehindAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...)
	w.deliver(t, p, rows[6:8]...) // 4 to 6 are lost with the tablet's memory
	d := p.standing(3, 4)
	d.Standing[0].Gone = []device.Span{{From: 7, To: 8}}
	if got := w.answer(t, d); got.Again {
		t.Errorf("nothing is lacking, and the answer is %+v", got)
	}
	if got := w.reasons(t, p); len(got) != 0 {
		t.Errorf("alarms %v, though all is here", got)
	}
	for _, end := range []uint64{10, 10, 11, 12} { // 9 to 12 were confirmed, and are pruned day after day
		d.Standing[0].Gone[0].To = end
		if got := w.answer(t, d); got.Again {
			t.Errorf("the tablet has nothing of it, and the answer is %+v", got)
		}
		if end == 10 {
			if got := w.reasons(t, p); !slices.Equal(got, []string{string(device.AlarmLost)}) {
				t.Errorf("alarms %v, want one about the lost rows", got)
			}
		}
	}
}

// What a restored database has lost is told once, whatever the tablet prunes
// later: somebody has looked, and the rows behind the gap are here.
func TestLostIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // then the backup; 4 and 5 are pruned, 6 to 12 told again
	w.answer(t, p.standing(12, 6))
	w.answer(t, p.standing(12, 6, rows[5:]...))
	if got := w.reasons(t, p); !slices.Equal(got, []string{string(device.AlarmLost)}) {
		t.Fatalf("alarms %v", got)
	}
	for oldest := uint64(7); oldest < 12; oldest++ { // day after day
		w.answer(t, p.standing(12, oldest))
	}
	if got := w.reasons(t, p); len(got) != 1 {
		t.Errorf("alarms %v, want one about the lost rows", got)
	}
}

// A tablet has left a stream and tells only what it had pruned in it: what is not here,
// or is another row, is lost. There is nothing to be sent again.
func TestLostInAStreamThatWasLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 6 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows...)
	asks := func(p *pen, before device.Hash) []string {
		t.Helper()
		d := p.standing(5, 6)
		d.Asks, d.Standing[0].Before = true, before
		if got := w.answer(t, d); got.Again || got.Forked {
			t.Errorf("the tablet has nothing of it, and the answer is %+v", got)
		}
		return w.reasons(t, p)
	}
	if got := asks(p, rows[4].Hash); len(got) != 0 {
		t.Errorf("all is here, and alarms %v", got)
	}
	if got := asks(p, rows[3].Hash); !slices.Equal(got, []string{string(device.AlarmLost)}) {
		t.Errorf("another row is here, and alarms %v", got)
	}
	other := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, other, other.punch(anna.ID, ""), other.punch(anna.ID, ""))
	for range 3 { // session after session
		if got := asks(other, rows[4].Hash); !slices.Equal(got, []string{string(device.AlarmLost)}) {
			t.Errorf("the last three are not here, and alarms %v", got)
		}
	}
}

// A copy of the tablet tells a part of what is lost. Of the rest the admin has been told;
// the alarm says what is missing by then, and ends when nothing is.
func TestLostIsPartlyToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 14 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // then the backup; 4 to 9 are pruned
	w.deliver(t, p, rows[9:]...)
	ask := func(oldest uint64, want ...string) {
		t.Helper()
		for range 2 { // session after session
			d := p.standing(14, oldest)
			d.Asks, d.Standing[0].Before = true, rows[oldest-2].Hash
			w.answer(t, d)
		}
		if got := w.lostRows(t, p); !slices.Equal(got, want) {
			t.Errorf("alarms %q, want %q", got, want)
		}
	}
	ask(10, "4-9")
	w.deliver(t, p, rows[3:5]...)
	ask(10, "4-9 but 6-9")
	w.deliver(t, p, rows[6:8]...) // a hole of two parts; also more was pruned
	ask(12, "4-9 but 6, 9")
	alarms, err := w.Quarantined(t.Context(), w.admin.Actor())
	if err != nil || len(alarms) != 1 {
		t.Fatalf("%+v, %v", alarms, err)
	}
	if err := w.DismissQuarantined(t.Context(), w.admin.Actor(), alarms[0].ID, "asked around"); err != nil {
		t.Fatal(err)
	}
	w.deliver(t, p, rows[5])
	ask(12)
}

// When all of it was told again, the alarm ends by itself. More that gets lost is another one.
func TestLostIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 12 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	ask := func(through, oldest uint64, want ...string) {
		t.Helper()
		d := p.standing(through, oldest)
		d.Asks, d.Standing[0].Before = true, rows[oldest-2].Hash
		w.answer(t, d)
		if got := w.lostRows(t, p); !slices.Equal(got, want) {
			t.Errorf("alarms %q, want %q", got, want)
		}
	}
	w.deliver(t, p, rows[:3]...)
	ask(6, 7, "4-6")
	w.deliver(t, p, rows[3])
	ask(9, 10, "4-6 but 5-6", "7-9") // of 5 and 6 somebody knows
	w.deliver(t, p, rows[4:6]...)
	ask(9, 10, "7-9")
	w.deliver(t, p, rows[6:9]...)
	d := p.standing(9, 10)
	d.Asks = true
	if w.answer(t, d); !slices.Equal(w.lostRows(t, p), []string{"7-9 but none"}) {
		t.Errorf("the tablet doesn't say what it had: %q", w.lostRows(t, p))
	}
	ask(9, 10)
	ended := must(w.QuarantinedRow(t.Context(), w.admin.Actor(), int64(w.number(t, `SELECT min(id) FROM quarantine WHERE reason = 'lost'`))))(t)
	if ended.Resolution != attendance.ToldAgain || ended.ResolvedBy != "" || ended.Resolved.IsZero() {
		t.Errorf("it ended as %+v", ended)
	}
}

// A copy has filled the places of what is lost with rows of its own. The first alarm is
// over, but not without another one that says so.
func TestLostIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	copied := *p
	w.deliver(t, p, first)
	p.punch(anna.ID, "")
	third := p.punch(anna.ID, "")
	ask := func(want ...string) {
		t.Helper()
		d := p.standing(3, 4)
		d.Asks, d.Standing[0].Before = true, third.Hash
		w.answer(t, d)
		if got := w.lostRows(t, p); !slices.Equal(got, want) {
			t.Errorf("alarms %q, want %q", got, want)
		}
	}
	ask("2-3")
	w.deliver(t, &copied, copied.punch(anna.ID, ""))
	ask("2-3 but 3")
	w.deliver(t, &copied, copied.punch(anna.ID, ""), copied.punch(anna.ID, ""))
	ask("3 replaced")
}

// What a copy told and was put aside, because it doesn't belong there, is no row that was found.
func TestLostThoughAnotherIsAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	aside := func() *pen {
		p := w.pen(t, w.admin.Org, w.north.ID)
		var rows []device.Row
		var copied pen
		for i := range 6 {
			if copied = *p; i == 3 {
				rows = append(rows, copied.punch(anna.ID, ""))
			}
			rows = append(rows, p.punch(anna.ID, ""))
		}
		w.deliver(t, p, rows[:2]...)
		w.deliver(t, p, rows[5:]...)
		w.deliver(t, p, rows[3]) // the fourth row, but another one; the fifth is here
		return p
	}
	p := aside()
	for range 2 {
		w.answer(t, p.standing(6, 5))
		if got := w.lostRows(t, p); !slices.Equal(got, []string{"3-4"}) {
			t.Errorf("before the oldest: %q", got)
		}
	}
	p = aside()
	d := p.standing(2, 5)
	d.Standing[0].Gone = []device.Span{{From: 4, To: 4}}
	if w.answer(t, d); !slices.Equal(w.lostRows(t, p), []string{"4-4"}) {
		t.Errorf("behind a gap: %q", w.lostRows(t, p))
	}
}

// lostRows are the open alarms about lost rows: which ones, and which of them are missing.
func (w *world) lostRows(t *testing.T, p *pen) (all []string) {
	t.Helper()
	texts := must(collect(t.Context(), w.read, scanOne[string], `SELECT body FROM quarantine WHERE device = ? AND reason = 'lost' AND resolved_at = 0 ORDER BY id`, p.from.Device))(t)
	for _, text := range texts {
		rows := regexp.MustCompile(`row (\d+), and perhaps more up to (\d+),`).FindStringSubmatch(text)
		if rows == nil {
			all = append(all, regexp.MustCompile(`row (\d+),`).FindStringSubmatch(text)[1]+" replaced")
			continue
		}
		about := rows[1] + "-" + rows[2]
		if _, missing, some := strings.Cut(text, "; of these are missing: "); some {
			about += " but " + missing
		}
		all = append(all, about)
	}
	return all
}
