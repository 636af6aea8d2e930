package store

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
)

// sent is a row on its way, and what the cloud's clock shows when it has it.
type sent struct {
	row      device.Row
	received time.Time
}

// in has a row that was just written happen in a boot that began at a time.
func (p *pen) in(boot string, began, at time.Time, r device.Row) device.Row {
	r.Clock.BootID, r.Clock.Monotonic = boot, at.Sub(began)
	p.last = p.seal(r)
	return p.last
}

func (w *world) sendAll(t *testing.T, p *pen, all []sent) {
	t.Helper()
	for _, s := range all {
		p.now = func() time.Time { return s.received }
		w.deliver(t, p, s.row)
	}
}

// A cloud's clock is an hour behind while it is told of a boot in which the tablet was not
// compared. It is put right, and so are the times, where what was told before or after shows
// that it was behind.
func TestToldToACloudThatWasBehind(t *testing.T) {
	t.Parallel()
	const back = -time.Hour
	for name, c := range map[string]struct {
		before float64 // hours: when something was told before; what is told late was at 9
		back   time.Duration
		off    float64 // of the tablet's own clock then, hours
		within time.Duration
	}{
		"shown by what was told before":             {8.5, back, 0, time.Second},
		"shown by what came after":                  {5, back, 0, time.Second},
		"the cloud was right":                       {8.5, 0, 0, time.Second},
		"it was, and the tablet's clock was ahead":  {8.5, 0, 3, 6 * time.Minute},
		"it was, and the tablet's clock was behind": {8.5, 0, -3, 31 * time.Minute},
	} {
		for _, order := range []string{"as it comes", "the other way round"} {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				anna := w.person(t, "Anna", "Berg", w.north.ID)
				p := w.pen(t, w.admin.Org, w.north.ID)
				write := func(boot string, began, at float64, trust attendance.Trust, off float64) device.Row {
					return p.in(boot, hour(began), hour(at), p.stamped(anna.ID, "", hour(at), trust, off))
				}
				all := []sent{{write("a", 1, c.before, compared, 0), hour(c.before).Add(time.Second)}}
				late := write("b", 8.8, 9, never, c.off)
				told := hour(9.1).Add(c.back)
				all = append(all, sent{late, told}, sent{write("c", 9.08, 9.08, never, 0), told})
				all = append(all, sent{write("c", 9.08, 9.5, compared, 0), hour(9.5).Add(time.Second)})
				if order == "the other way round" {
					slices.Reverse(all)
				}
				w.sendAll(t, p, all)
				if off := w.momentOf(t, late).At.Sub(hour(9)); off.Abs() > c.within {
					t.Errorf("it is %s off", off)
				}
			})
		}
	}
}

// Whatever clock is wrong when: rows that came one by one, in any order, some of them
// twice, have the times that all of them give together.
func TestTimesOfBootsComeOutAsOfAllTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		p := w.pen(t, w.admin.Org, w.north.ID)
		minutes := func(most int, what string) time.Duration {
			return time.Duration(rapid.IntRange(1, most).Draw(r, what)) * time.Minute
		}
		now := hour(1)
		wrongFrom := now.Add(minutes(20*60, "wrong from"))
		wrongTo := wrongFrom.Add(minutes(10*60, "wrong for"))
		by := time.Duration(rapid.SampledFrom([]int{-120, -60, -20, 0, 60}).Draw(r, "minutes wrong")) * time.Minute
		cloud := func(at time.Time) time.Duration {
			if at.After(wrongFrom) && at.Before(wrongTo) {
				return by
			}
			return 0
		}
		var all []sent
		boots := rapid.IntRange(2, 4).Draw(r, "boots")
		var waits []device.Row // until the tablet has a line
		tell := func(at time.Time) {
			for _, row := range waits {
				all = append(all, sent{row, at.Add(cloud(at))})
			}
			waits = nil
		}
		for b := range boots {
			now = now.Add(minutes(180, "off"))
			began, boot := now, string(rune('a'+b))
			line := b == 0 || b == boots-1 || rapid.Bool().Draw(r, "a line")
			off := 0.0
			if rapid.IntRange(0, 4).Draw(r, "the tablet's clock is wrong") == 0 {
				off = float64(rapid.IntRange(-5, 5).Draw(r, "hours"))
			}
			for i := range rapid.IntRange(1, 6).Draw(r, "rows") {
				now = now.Add(minutes(60, "later"))
				trust := never
				if line && i > 0 {
					trust = compared
				}
				row := p.stamped(anna.ID, "", now, trust, off)
				if trust == compared {
					row.Clock.Offset += cloud(now)
				}
				row = p.in(boot, began, now, row)
				if waits = append(waits, row); line {
					tell(now.Add(10 * time.Second))
				}
			}
		}
		tell(now.Add(time.Hour))

		var stamps []attendance.Stamp
		for from := 0; from < len(all); {
			to := from
			for ; to < len(all) && all[to].row.Clock.BootID == all[from].row.Clock.BootID; to++ {
				stamps = append(stamps, attendance.Stamp{Clock: all[to].row.Clock, Received: all[to].received})
			}
			for i, out := range attendance.Outvoted(stamps[from:to]) {
				stamps[from+i].Outvoted = out
			}
			from = to
		}
		want := attendance.Moments(stamps)
		send := rapid.Permutation(all).Draw(r, "order")
		if rapid.Bool().Draw(r, "in order") {
			send = slices.Clone(all)
		}
		for i, s := range send {
			w.sendAll(t, p, []sent{s})
			if rapid.IntRange(0, 3).Draw(r, "twice") == 0 {
				w.sendAll(t, p, []sent{{send[rapid.IntRange(0, i).Draw(r, "which")].row, s.received.Add(time.Hour)}})
			}
		}
		for i, s := range all {
			if m := w.momentOf(t, s.row); m.At.Sub(want[i].At).Abs() > time.Millisecond || m.Source != want[i].Source {
				r.Errorf("row %d is at %s (%s), of all together at %s (%s)", s.row.Seq, m.At, m.Source, want[i].At, want[i].Source)
			}
		}
	})
}
