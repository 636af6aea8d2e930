package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
)

// alike are two tablets that tell the same in the same deliveries, to a replica that keeps what
// it counted of boots and to one that counts all of it again each time.
type alike struct {
	*world
	keeps, counts *Store
	one, other    *twin
	came          [][]int // which rows, by their place, delivery by delivery
}

func newAlike(t *testing.T, w *world, anna attendance.ProfileID, all ...wind) *alike {
	t.Helper()
	a := &alike{world: w, keeps: w.beside("keeps"), counts: w.beside("counts")}
	a.keeps.box, a.counts.box = newBallotBox(), nil
	a.keeps.box.least = 1
	for _, s := range []**twin{&a.one, &a.other} {
		*s = &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
		(*s).winds(anna, all...)
	}
	return a
}

// bring delivers some rows of both.
func (a *alike) bring(t *testing.T, places ...int) {
	t.Helper()
	a.clock.forward(time.Second)
	a.bringAt(t, a.clock.now(), places...)
}

func (a *alike) bringAt(t *testing.T, received time.Time, places ...int) {
	t.Helper()
	a.came = append(a.came, places)
	for s, at := range map[*twin]*Store{a.one: a.keeps, a.other: a.counts} {
		var rows []device.Row
		for _, i := range places {
			rows = append(rows, s.rows[i])
		}
		d := s.p.delivery(rows...)
		d.Received = received
		must(at.Deliver(t.Context(), []device.Delivery{d}))(t)
	}
}

// setBack puts the database back to before the last deliveries, and returns which rows are lost.
func (a *alike) setBack(t *testing.T, deliveries int) (lost []int) {
	t.Helper()
	for _, places := range a.came[len(a.came)-deliveries:] {
		for _, i := range places {
			for _, s := range []*twin{a.one, a.other} {
				a.tamper(t, `DELETE FROM raw_rows WHERE id = ?`, s.rows[i].ID[:])
				a.exec(t, `DELETE FROM punches WHERE id = ?`, s.rows[i].ID.String())
				a.exec(t, `DELETE FROM refusals WHERE id = ?`, s.rows[i].ID.String())
			}
		}
		lost = append(lost, places...)
	}
	a.came = a.came[:len(a.came)-deliveries]
	return lost
}

func (a *alike) same(t *testing.T, r interface{ Errorf(string, ...any) }) {
	t.Helper()
	one, other := a.one.times(t), a.other.times(t)
	for i := range one {
		if one[i] != other[i] {
			r.Errorf("%s, where boots are kept\n%s, where they are counted", one[i], other[i])
		}
	}
}

// What is kept of boots changes nothing, whatever names the tablet gives them, whichever rows
// come when, and when the database is set back under a cloud that runs.
func TestWhatIsKeptOfBootsChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		all := windy(r, 40)
		names := rapid.SampledFrom([]int{2, 3, 100}).Draw(r, "names of boots")
		for i := range all {
			all[i].boot %= names
		}
		a := newAlike(t, w, anna.ID, all...)
		var send []int
		for i := range all {
			send = append(send, i)
		}
		if rapid.Bool().Draw(r, "in any order") {
			send = rapid.Permutation(send).Draw(r, "order")
		}
		for back := 0; len(send) > 0; {
			n := rapid.IntRange(1, min(6, len(send))).Draw(r, "batch")
			a.bring(t, send[:n]...)
			send = send[n:]
			if back < 2 && rapid.IntRange(0, 9).Draw(r, "set back") == 0 {
				back++
				send = append(send, a.setBack(t, rapid.IntRange(1, min(4, len(a.came))).Draw(r, "deliveries"))...)
				slices.Sort(send)
			}
		}
		a.same(t, r)
	})
}

// A tablet gives two starts of it one name, and clouds were wrong in both: the second is judged
// by what it says itself, as it is where nothing is kept of the first.
func TestBootOfAnothersName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	var all []wind
	for boot, offs := range [][]time.Duration{{0, 0, 0, -time.Hour}, {0, 0}, {0, 0, 0, -time.Hour}} {
		for _, off := range offs {
			all = append(all, wind{later: time.Minute, trust: compared, off: off, boot: boot % 2})
		}
	}
	a := newAlike(t, w, anna.ID, all...)
	for i := range all {
		a.bring(t, i)
	}
	a.same(t, t)
	if m := a.one.momentOf(t, a.one.rows[9]); !m.At.Equal(hour(1).Add(10 * time.Minute)) {
		t.Errorf("the last row is %s off (%s)", m.At.Sub(hour(1).Add(10*time.Minute)), m.Source)
	}
}

// The database is set back while the cloud runs: rows that it counted are lost, and have no say
// until they come again.
func TestLostRowsHaveNoSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	all := make([]wind, 9)
	for i := range all {
		all[i] = wind{later: time.Minute, trust: compared}
		if i >= 5 {
			all[i].off = -time.Hour // with 1, 2 and 3 these are fewer, without they are more
		}
	}
	a := newAlike(t, w, anna.ID, all...)
	a.bring(t, 0, 4, 5, 6, 7)
	a.bring(t, 1, 2, 3)
	a.setBack(t, 1)
	a.bring(t, 8)
	a.same(t, t)
	if m := a.other.momentOf(t, a.other.rows[0]); m.At.Equal(hour(1).Add(time.Minute)) {
		t.Error("those that are lost would have had no say anyway")
	}
}

// The whole machine is set back under a cloud that runs, its clock too, and another row comes in the
// place of the last one that was counted, at the same moment: the one that is there has the say.
func TestRowInAnothersPlaceHasTheSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	all := make([]wind, 5)
	for i := range all {
		all[i] = wind{later: time.Minute, trust: compared}
	}
	all[2].off, all[4].off = -time.Hour, -time.Hour // these are fewer with the fourth, and more with the other one
	a := newAlike(t, w, anna.ID, all...)
	a.bring(t, 0, 1, 2)
	moment := w.clock.now()
	a.bringAt(t, moment, 3)
	a.setBack(t, 1)
	for _, s := range []*twin{a.one, a.other} {
		s.rows[3].ID, s.rows[3].Clock.Offset = uuid.New(), -time.Hour
		s.rows[3].Hash = s.rows[3].Sum()
		s.rows[4].Prev = s.rows[3].Hash
		s.rows[4].Hash = s.rows[4].Sum()
	}
	a.bringAt(t, moment, 3)
	a.bring(t, 4)
	a.same(t, t)
	if m := a.other.momentOf(t, a.other.rows[0]); m.At.Equal(hour(1).Add(time.Minute)) {
		t.Error("the one that is lost would have had no say anyway")
	}
}

// What was counted in a transaction that is not committed is not kept: its rows aren't there.
func TestVotesAreKeptOnceCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	w.box.least = 1
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	s.winds(anna.ID, wind{later: time.Minute, trust: compared}, wind{later: time.Minute, trust: compared, off: -time.Hour})
	for what, end := range map[string]func(context.CancelFunc) error{
		"it fails":              func(context.CancelFunc) error { return errors.New("it fails") },
		"it can't be committed": func(cancel context.CancelFunc) error { cancel(); return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := w.changeLocked(ctx, func(tx *tx) error {
			all, err := tx.couriers(ctx, []device.Delivery{s.p.delivery(s.rows...)})
			if err != nil {
				return err
			}
			if err := all[0].deliver(ctx); err != nil {
				return err
			}
			if len(tx.ballots) == 0 {
				t.Error("nothing was counted")
			}
			return end(cancel)
		})
		cancel()
		if err == nil {
			t.Fatalf("%s: it didn't", what)
		}
		if n := len(w.box.all); n != 0 {
			t.Errorf("%s: %d boots are kept", what, n)
		}
	}
	w.deliver(t, s.p, s.rows...)
	if len(w.box.all) != 1 {
		t.Errorf("%d boots are kept, want 1", len(w.box.all))
	}
}

// There is room for so much: some boots are let go of until it is enough, and what is put
// there again counts once.
func TestBallotBoxHasRoomForSoMuch(t *testing.T) {
	t.Parallel()
	const each, fit = boxEach, boxAll / boxEach
	x, weight := newBallotBox(), 0
	for i := range 3 * fit {
		b := newBallot(fmt.Sprint(i), 1, false)
		b.now.spells = make([]spell, each-8)
		k := ballotKey{device: "d", boot: b.boot}
		for range 2 {
			x.put(map[ballotKey]*ballot{k: b})
		}
		weight = 0
		for _, b := range x.all {
			weight += b.weight()
		}
		if weight > boxAll || weight != x.weight {
			t.Fatalf("after %d boots %d of %d are kept, by its own count %d", i+1, weight, boxAll, x.weight)
		}
	}
	if len(x.all) != fit {
		t.Errorf("%d boots are kept, and there is room for %d", len(x.all), fit)
	}
}
