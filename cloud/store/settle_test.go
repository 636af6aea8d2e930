package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// hour is when things happen in these tests, in the tablet's true time.
func hour(h float64) time.Time {
	return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
}

// stamped writes a punch that truly happened at a time, in a boot that began at
// midnight, while the wall clock was off by so many hours.
func (p *pen) stamped(who attendance.ProfileID, card attendance.CardID, at time.Time, trust attendance.Trust, off float64) device.Row {
	p.t.Helper()
	r := p.punch(who, card)
	wrong := time.Duration(off * float64(time.Hour))
	r.Clock = attendance.ClockReading{Device: at.Add(wrong), Monotonic: at.Sub(hour(0)), BootID: "boot", Trust: trust}
	if trust == attendance.TrustEstimated {
		r.Clock.Offset, r.Clock.Uncertainty = -wrong, 20*time.Millisecond
	}
	p.last = p.seal(r)
	return p.last
}

func (w *world) momentOf(t testing.TB, r device.Row) attendance.Moment {
	t.Helper()
	e, err := w.Punch(context.Background(), w.admin.Actor(), attendance.PunchID(r.ID.String()))
	if err != nil {
		t.Fatalf("row %d: %v", r.Seq, err)
	}
	return e.Punch.Moment
}

const (
	compared = attendance.TrustEstimated
	never    = attendance.TrustNone
	stepped  = attendance.TrustStepped
)

// The tablet starts without a network and with a wrong clock. The comparison
// comes later and puts right what was told before, once.
func TestLateComparisonPutsEarlierPunchesRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(200 * 24 * time.Hour) // the cloud has everything late
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	early := p.stamped(anna.ID, "", hour(7), never, -48)
	w.deliver(t, p, early)
	if m := w.momentOf(t, early); m.Source != attendance.Unconfirmed || !m.At.Equal(hour(7-48)) || m.Uncertainty >= 0 {
		t.Errorf("before the comparison: %+v", m)
	}
	known := p.stamped(anna.ID, "", hour(9), compared, -48)
	after := p.stamped(anna.ID, "", hour(17), stepped, 5)
	raw := [][]device.Row{{known}, {after}}
	for _, rows := range raw {
		w.deliver(t, p, rows...)
	}
	for what, c := range map[string]struct {
		row    device.Row
		at     time.Time
		source attendance.TimeSource
	}{
		"before": {early, hour(7), attendance.Carried}, "compared": {known, hour(9), attendance.Compared}, "after the step": {after, hour(17), attendance.Carried},
	} {
		m := w.momentOf(t, c.row)
		if !m.At.Equal(c.at) || m.Source != c.source || m.Uncertainty < 20*time.Millisecond || m.Uncertainty > 2*time.Second {
			t.Errorf("%s: %+v, want %v, %s", what, m, c.at, c.source)
		}
	}
	before := w.dump(t)
	w.deliver(t, p, early, known, after)
	if w.dump(t) != before {
		t.Error("delivering again changed something")
	}
	if got := faults(w.journals(t, "")); len(got) != 0 {
		t.Errorf("the raw log was changed: %q", got)
	}
}

// Whom the card belonged to is decided by the time that it turns out to be; what
// somebody assigned by hand stays theirs.
func TestPunchPutRightIsResolvedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna, ben := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Ben", "Cole", w.north.ID)
	uid := []byte{4, 1, 2, 3}
	card := w.cardOf(ctx, t, w.admin.Org, uid)
	for _, c := range []struct {
		who      attendance.ProfileID
		from, to float64
	}{{anna.ID, 0, 8}, {ben.ID, 8, 100}} {
		w.exec(t, `INSERT INTO cards (org, card, profile, from_at, to_at) VALUES (?, ?, ?, ?, ?)`, w.admin.Org, card, c.who, micros(hour(c.from)), micros(hour(c.to)))
	}
	p := w.pen(t, w.admin.Org, w.north.ID)
	row, hand := p.stamped(anna.ID, card, hour(9), never, -5), p.stamped(nobody, "", hour(9.5), never, -5)
	w.clock.forward(24 * time.Hour)
	w.deliver(t, p, row, hand)
	who := func(r device.Row) attendance.ProfileID {
		return must(w.Punch(ctx, w.admin.Actor(), attendance.PunchID(r.ID.String())))(t).Punch.Profile
	}
	if _, waits := w.entries(t)[uncertainHolder]; !waits {
		t.Error("the tablet says four o'clock, and nobody knows whether that is so")
	}
	if err := w.AssignQuarantined(ctx, w.admin.Actor(), w.entries(t)["unknown-profile"].ID, anna.ID); err != nil {
		t.Fatal(err)
	}
	w.deliver(t, p, p.stamped(ben.ID, "", hour(10), compared, -5))
	if who(row) != ben.ID {
		t.Error("at nine o'clock the card was Ben's")
	}
	if m := w.momentOf(t, hand); who(hand) != anna.ID || m.Source != attendance.Carried || !m.At.Equal(hour(9.5)) {
		t.Errorf("what was assigned by hand: %s, %+v", who(hand), m)
	}
}

// A clock that has lost everything: its punches wait in quarantine, and count by
// themselves once the clock was compared. Refusals too.
func TestTimesThatCannotBeWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	const epoch = -24 * 365 * 56
	row := p.stamped(anna.ID, "", hour(7), never, epoch)
	refused := p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
	refused.Clock = row.Clock
	refused.Clock.Monotonic += time.Hour
	refused.Clock.Device = refused.Clock.Device.Add(time.Hour)
	refused = p.seal(refused)
	p.last = refused
	w.deliver(t, p, row, refused)
	if got := w.reasons(t, p); !slices.Equal(got, []string{"implausible-time", "implausible-time"}) {
		t.Fatalf("in quarantine for %v", got)
	}
	w.deliver(t, p, p.stamped(anna.ID, "", hour(9), compared, epoch))
	if m := w.momentOf(t, row); m.Source != attendance.Carried || !m.At.Equal(hour(7)) {
		t.Errorf("the punch: %+v", m)
	}
	if r := must(w.Refusal(t.Context(), w.admin.Actor(), refused.ID.String()))(t); !r.At.Equal(hour(8)) {
		t.Errorf("the refusal: %+v", r)
	}
	if n := w.number(t, `SELECT count(*) FROM quarantine WHERE resolved_at = 0`); n != 0 {
		t.Errorf("%d still in quarantine", n)
	}
}

// A surer row that comes later puts those before it in their place, also the ones
// that took their time from a row it corrects: none is left behind it.
func TestSurerRowCorrectsAllBeforeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(30 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	at := hour(1)
	compare := func(off, width time.Duration) device.Row {
		row := p.stamped(anna.ID, "", at, compared, 0)
		row.Clock.Offset, row.Clock.Uncertainty = row.Clock.Offset+off, width
		p.last = p.seal(row)
		return p.last
	}
	rows := []device.Row{compare(0, 1100*time.Millisecond)}
	at = at.Add(28 * time.Millisecond)
	rows = append(rows, p.stamped(anna.ID, "", at, never, 0), compare(200*time.Millisecond, 500*time.Millisecond))
	w.deliver(t, p, rows...)
	rows = append(rows, compare(0, 0))
	w.deliver(t, p, rows[3])
	for _, row := range rows[1:] {
		if m := w.momentOf(t, row); !m.At.Equal(at) {
			t.Errorf("row %d is dated %s, want %s", row.Seq, m.At, at)
		}
	}
}

// A punch that was put in order behind one whose time was carried stays before
// the next one, which comes later and alone.
func TestPunchAfterOneThatWasPutInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(30 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	within := func(at time.Time, width, off time.Duration) device.Row {
		r := p.stamped(anna.ID, "", at, compared, 0)
		r.Clock.Uncertainty, r.Clock.Offset = width, r.Clock.Offset+off
		p.last = p.seal(r)
		return p.last
	}
	at := hour(1)
	rows := []device.Row{within(at, 12*time.Millisecond, 12*time.Millisecond)} // 12 ms late, and says so
	rows = append(rows, p.stamped(anna.ID, "", at.Add(145*time.Millisecond), stepped, -4))
	rows = append(rows, within(at.Add(146*time.Millisecond), 205*time.Millisecond, 0))
	rows = append(rows, within(at.Add(147*time.Millisecond), 3*time.Millisecond, 0))
	w.deliver(t, p, rows[:2]...)
	w.deliver(t, p, rows[2])
	w.deliver(t, p, rows[3])
	for i := 1; i < len(rows); i++ {
		if a, b := w.momentOf(t, rows[i-1]), w.momentOf(t, rows[i]); b.At.Before(a.At) {
			t.Errorf("row %d is %v before the one before it", i+1, a.At.Sub(b.At))
		}
	}
}

// A tablet's clock is set to anything at any time; its rows come in any order,
// in any batches, some of them twice. In the end each punch is within what is
// claimed of the truth, none is before the one before it, and the raw log is as
// it was written.
func TestTimesOverABadNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(30 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		p := w.pen(t, w.admin.Org, w.north.ID)
		truth := map[uuid.UUID]time.Time{}
		var rows []device.Row
		at, any := hour(1), false
		for i := range rapid.IntRange(1, 12).Draw(r, "rows") {
			at = at.Add(time.Duration(rapid.Int64Range(0, 3600e3).Draw(r, "ms later")) * time.Millisecond)
			trust := rapid.SampledFrom([]attendance.Trust{never, stepped, compared}).Draw(r, "trust")
			off := float64(rapid.IntRange(-300, 300).Draw(r, "hours off"))
			if i == 0 && rapid.Bool().Draw(r, "compared at once") {
				trust = compared
			}
			any = any || trust == compared
			row := p.stamped(anna.ID, "", at, trust, off)
			if trust == compared { // within what it claims, and no better
				width := time.Duration(rapid.Int64Range(0, 4000).Draw(r, "ms wide")) * time.Millisecond
				row.Clock.Uncertainty = width
				row.Clock.Offset += time.Duration(rapid.Int64Range(-int64(width), int64(width)).Draw(r, "off by")).Truncate(time.Microsecond)
				row = p.seal(row)
				p.last = row
			}
			truth[row.ID] = at
			rows = append(rows, row)
		}
		send := rapid.Permutation(rows).Draw(r, "order")
		if rapid.Bool().Draw(r, "in order") {
			send = slices.Clone(rows)
		}
		for len(send) > 0 {
			n := rapid.IntRange(1, len(send)).Draw(r, "batch")
			w.deliver(t, p, send[:n]...)
			if rapid.IntRange(0, 3).Draw(r, "twice") == 0 {
				w.deliver(t, p, send[:n]...)
			}
			send = send[n:]
		}
		var before attendance.Moment
		for _, row := range rows {
			m := w.momentOf(t, row)
			if m.At.Before(before.At) {
				r.Errorf("row %d is %v before the one before it", row.Seq, before.At.Sub(m.At))
			}
			if any && !m.Source.Sure() {
				r.Errorf("row %d is %s although one was compared", row.Seq, m.Source)
			}
			if off := m.At.Sub(truth[row.ID]).Abs(); any && off > m.Uncertainty+time.Millisecond {
				r.Errorf("row %d of %d is off by %v, claimed %v (%s)", row.Seq, len(rows), off, m.Uncertainty, m.Source)
			}
			before = m
		}
		if got := faults(w.journals(t, p.from.Device)); len(got) != 0 {
			r.Errorf("the raw log: %q", got)
		}
		told := w.moments(t, p)
		w.deliver(t, p, rows...)
		if again := w.moments(t, p); again != told {
			r.Errorf("delivering again changed times:\n%s\n%s", told, again)
		}
	})
}

// moments returns a tablet's punches' times as text.
func (w *world) moments(t testing.TB, p *pen) string {
	t.Helper()
	all, err := collect(context.Background(), w.read, scanOne[string],
		`SELECT id || ' ' || CAST(at AS TEXT) || ' ' || CAST(uncertainty AS TEXT) || ' ' || clock_source FROM punches WHERE device = ? ORDER BY id`, p.from.Device)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, line := range all {
		text += line + "\n"
	}
	return text
}

// A clock was compared worse than before, and stepped back within that: what comes
// after is not before the punches that were told, whatever kind of row stands between
// and whichever delivery it came with.
func TestWorseComparisonTurnsNothingRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(200 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	for name, between := range map[string]func(p *pen) device.Row{
		"a refusal": func(p *pen) device.Row {
			return p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
		},
		"the reader": func(p *pen) device.Row { return p.write(device.KindReader, &wire.ReaderPayload{State: "missing"}) },
	} {
		p := w.pen(t, w.admin.Org, w.north.ID)
		late := func(r device.Row, at time.Time) device.Row {
			r.Clock = attendance.ClockReading{
				Device: at, Monotonic: at.Sub(hour(0)), BootID: "boot", Trust: compared, Offset: -2 * time.Second, Uncertainty: 2500 * time.Millisecond,
			}
			p.last = p.seal(r)
			return p.last
		}
		before := p.stamped(anna.ID, "", hour(9), compared, 0)
		w.deliver(t, p, before)
		w.deliver(t, p, late(between(p), hour(9).Add(100*time.Millisecond)))
		after := late(p.punch(anna.ID, ""), hour(9).Add(time.Second))
		w.deliver(t, p, after)
		if a, b := w.momentOf(t, before).At, w.momentOf(t, after).At; b.Before(a) {
			t.Errorf("%s between: a punch is dated %s before the one that came before it", name, a.Sub(b))
		}
	}
}
