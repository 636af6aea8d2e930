package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// windy draws what a tablet writes while clouds' clocks are set wrong and right again, by so
// many seconds.
func windy(r *rapid.T, most int, wrong ...int) (all []wind) {
	boot, off := 0, time.Duration(0)
	for range rapid.IntRange(2, most).Draw(r, "rows") {
		l := wind{trust: compared, kind: rapid.SampledFrom([]string{"punch", "punch", "punch", "reader", "refusal"}).Draw(r, "kind")}
		l.later = time.Duration(rapid.OneOf(rapid.IntRange(1, 8e3), rapid.IntRange(1, 3600e3)).Draw(r, "ms later")) * time.Millisecond
		if rapid.IntRange(0, 2).Draw(r, "set") == 0 {
			off = time.Duration(rapid.SampledFrom(append([]int{0, 0, 3600, -3600, 7200, -86400}, wrong...)).Draw(r, "s wrong")) * time.Second
		}
		switch rapid.IntRange(0, 11).Draw(r, "trouble") {
		case 0, 1:
			l.trust = rapid.SampledFrom([]attendance.Trust{never, stepped}).Draw(r, "trust")
		case 2:
			boot++
		}
		l.off, l.boot = off, boot
		all = append(all, l)
	}
	return all
}

// What is kept of boots from one delivery to the next, by two replicas that know nothing of
// each other and are started again at any time, and what is put off because there is too much
// to look at, changes nothing in the end: the times are those that come out when all is
// looked at with each row.
func TestTimesDontDependOnWhatIsKeptOrPutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	slow := w.beside("slow")
	slow.box = nil
	replicas := []*Store{w.beside("a"), w.beside("b")}
	restart := func(s *Store) {
		s.box = newBallotBox()
		s.box.least = 1
	}
	rapid.Check(t, func(r *rapid.T) {
		all := windy(r, 60)
		first, other := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}, &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
		first.winds(anna.ID, all...)
		other.winds(anna.ID, all...)
		for _, row := range first.rows {
			must(slow.Deliver(t.Context(), []device.Delivery{first.p.delivery(row)}))(t)
		}
		for _, s := range replicas {
			restart(s)
			s.thrift.each = rapid.SampledFrom([]int{0, spendTurn + 20, spendTurn + 100, spendEach}).Draw(r, "rows looked at")
			s.atOnce = rapid.SampledFrom([]uint64{2, redateAtOnce}).Draw(r, "told at once")
		}
		send := slices.Clone(other.rows)
		if rapid.IntRange(0, 3).Draw(r, "in order") == 0 {
			send = rapid.Permutation(send).Draw(r, "any order")
		}
		for len(send) > 0 {
			s := rapid.SampledFrom(replicas).Draw(r, "replica")
			n := rapid.IntRange(1, min(6, len(send))).Draw(r, "batch")
			must(s.Deliver(t.Context(), []device.Delivery{other.p.delivery(send[:n]...)}))(t)
			send = send[n:]
			switch rapid.IntRange(0, 5).Draw(r, "meanwhile") {
			case 0:
				restart(s)
			case 1:
				must(s.Redate(t.Context()))(t)
			}
		}
		for must(replicas[0].Redate(t.Context()))(t) {
		}
		if a, b := first.times(t), other.times(t); !slices.Equal(a, b) {
			for i := range a {
				if a[i] == b[i] {
					b[i] = "the same"
				}
				r.Logf("%s\n  looked at whole; otherwise %s", a[i], b[i])
			}
			r.Error("the times depend on what is kept or put off")
		}
	})
}

// far writes rows whose numbers are far from those before them, of the same boot: what was
// between them nobody ever brings.
func (s *twin) far(anna attendance.ProfileID, gap uint64, from time.Duration, offs ...time.Duration) (rows []device.Row) {
	s.p.last.Seq += gap
	for i, off := range offs {
		r := s.p.stamped(anna, "", hour(1).Add(from+time.Duration(i)*time.Minute), compared, 0)
		r.Clock.Offset = off
		s.p.last = s.p.seal(r)
		rows = append(rows, s.p.last)
	}
	s.rows = append(s.rows, rows...)
	return rows
}

func (s *twin) right(t *testing.T, rows []device.Row) {
	t.Helper()
	for _, r := range rows {
		if m := s.momentOf(t, r); !m.At.Equal(r.Clock.Device) || !m.Source.Sure() {
			t.Errorf("row %d is %s off (%s)", r.Seq, m.At.Sub(r.Clock.Device), m.Source)
		}
	}
}

// A delivery has rows from both ends of a long journal. What lies between is not looked at,
// and at each end those have a say that are near.
func TestRowsFarFromEachOtherAreSettledApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	const back = -time.Hour
	begin := s.far(anna.ID, 0, 0, 0, 0, 0, 0, 0, back)
	middle := make([]time.Duration, 400)
	between := s.far(anna.ID, 3*horizon, time.Hour, middle...)
	end := s.far(anna.ID, 3*horizon, 24*time.Hour, 0, 0, back, back, back, 0, 0, 0)
	w.deliver(t, s.p, begin[:5]...)
	w.deliver(t, s.p, between...)
	w.deliver(t, s.p, append(end[:2:2], end[5:]...)...)
	w.thrift = thrift{each: 2*spendTurn + 200, all: spendAll}
	w.deliver(t, s.p, begin[5], end[2], end[3], end[4])
	if n := w.number(t, `SELECT count(*) FROM redatings`); n != 0 {
		t.Error("what lies between was looked at")
	}
	s.right(t, s.rows)
}

// A tablet that was taken over brings rows from all over a long journal. That they are kept
// takes no longer than a moment, so that nobody else waits; when each was is told a little
// later, and until then nobody takes it for sure.
func TestRowsOfAStolenTabletArePutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	offs := make([]time.Duration, 608)
	for i := range offs {
		if i%50 == 7 {
			offs[i] = -time.Hour
		}
	}
	rows := s.far(anna.ID, 0, 0, offs...)
	var there, bad []device.Row
	for i, r := range rows {
		if i%50 == 7 {
			bad = append(bad, r)
		} else {
			there = append(there, r)
		}
	}
	w.deliver(t, s.p, there...)
	w.thrift = thrift{each: 300, all: 2000}
	honest := w.pen(t, w.admin.Org, w.north.ID)
	lone := honest.stamped(anna.ID, "", hour(2), never, 0)
	out := must(w.Deliver(t.Context(), []device.Delivery{s.p.delivery(bad...), honest.delivery(lone)}))(t)
	if got := out[0].Receipts; len(got) != 1 || got[0].Through != uint64(len(rows)) {
		t.Fatalf("what was kept: %+v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM redatings WHERE device = ?`, s.p.from.Device); n != 1 {
		t.Error("nothing waits: all was looked at")
	}
	if n := w.number(t, `SELECT count(*) FROM redatings WHERE device = ?`, honest.from.Device); n != 0 {
		t.Error("another tablet's row waits because of these")
	}
	if m := w.momentOf(t, bad[0]); m.Source.Sure() || m.Uncertainty >= 0 {
		t.Errorf("until it was looked at it is told for sure: %+v", m)
	}
	// What comes meanwhile is not told by what is not sure.
	next := s.far(anna.ID, 0, 608*time.Minute, -time.Hour)
	w.deliver(t, s.p, next...)
	if m := w.momentOf(t, next[0]); m.Source.Sure() {
		t.Errorf("what came next is told by what is not sure: %+v", m)
	}
	w.redateAll(t)
	s.right(t, s.rows)
	if n := len(must(w.AuditLog(t.Context(), w.admin.Actor(), access.AuditQuery{Action: "redate"}))(t).Entries); n != 0 {
		t.Errorf("%d lines of the log tell of times that were never told for sure", n)
	}
}

// Rows of a long boot that wait in quarantine are tried again: who has a say at one end of it
// has none at the other.
func TestRowsTriedAgainAreJudgedWhereTheyAre(t *testing.T) {
	t.Parallel()
	for what, all := range map[string]int{"at once": spendAll, "what takes long in several transactions": 1} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.clock.forward(100 * 24 * time.Hour)
			anna := w.person(t, "Anna", "Berg", w.north.ID)
			s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
			begin := s.far(anna.ID, 0, 0, 0, 0, 0)
			waits := s.far(nobody, 0, 3*time.Minute, 0)
			end := s.far(anna.ID, 2*electorate, time.Hour, 0, 0, 0)
			other := s.far(nobody, 0, 63*time.Minute, -time.Hour)
			w.deliver(t, s.p, append(begin, waits...)...)
			w.deliver(t, s.p, append(end, other...)...)
			w.appear(t, nobody, w.north.ID)
			w.thrift.all = all
			if got := must(w.Reprocess(t.Context(), w.admin.Actor()))(t); got.Matched != 2 {
				t.Fatalf("%+v", got)
			}
			n, want := len(must(w.AuditLog(t.Context(), w.admin.Actor(), access.AuditQuery{Action: "reprocess"}))(t).Entries), 1
			if all == 1 {
				want = 2
			}
			if n != want {
				t.Errorf("%d transactions, want %d", n, want)
			}
			s.right(t, s.rows)
		})
	}
}

// putRight is a tablet whose rows are an hour wrong at first and right then, so that the
// first are told anew, a few at a time.
func putRight(t *testing.T, wrong, all int) (*twin, []device.Row) {
	t.Helper()
	w := newWorld(t)
	w.atOnce = 3
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	offs := make([]time.Duration, all)
	for i := range wrong {
		offs[i] = time.Hour
	}
	return s, s.far(anna.ID, 0, 0, offs...)
}

// An organisation is moved away just before its rows are told anew: they wait until it is
// taken back.
func TestToldAnewAfterItWasMovedAwayMeanwhile(t *testing.T) {
	t.Parallel()
	s, rows := putRight(t, 10, 30)
	w := s.world
	w.deliver(t, s.p, rows[:10]...)
	w.deliver(t, s.p, rows[10:]...)
	o := must(w.nextOwed(t.Context()))(t)
	w.exec(t, `INSERT INTO departures (org, at) VALUES (?, 1)`, w.admin.Org)
	if err := w.redate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if again := must(w.nextOwedOf(t, o.stream))(t); again != o.low {
		t.Errorf("rows from %d to %d are lost", o.low, again-1)
	}
	if err := w.TakeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.redateAll(t)
	s.right(t, rows)
}

// Rows come while it is reckoned what those before them turn out to be. What was reckoned
// without them is reckoned again.
func TestToldAnewWhileRowsCome(t *testing.T) {
	t.Parallel()
	s, rows := putRight(t, 20, 60)
	w := s.world
	w.deliver(t, s.p, rows[:20]...)
	w.deliver(t, s.p, rows[20:30]...)
	stale := owed{s.p.from.Device, w.admin.Org, rows[0].Stream, 0, 30, 0} // from as far down as what comes can lead
	w.exec(t, `DELETE FROM redatings`)
	w.exec(t, `INSERT INTO redatings (device, stream, org, low, high, since) VALUES (?, ?, ?, 0, 30, 0)`, stale.device, stale.stream[:], stale.org)
	found := must(w.retelling(t.Context(), stale))(t)
	w.deliver(t, s.p, rows[30:]...)
	if low := must(w.nextOwedOf(t, stale.stream))(t); low != stale.low {
		t.Fatalf("rows from %d on wait, which is seen without a look at what came", low)
	}
	must(w.tellAnew(t.Context(), &stale, found))(t)
	if again := must(w.nextOwedOf(t, stale.stream))(t); again != stale.low {
		t.Errorf("what was reckoned before they came was told: next is %d, was %d", again, stale.low)
	}
	w.redateAll(t)
	s.right(t, rows)
}

func (w *world) nextOwedOf(t *testing.T, stream uuid.UUID) (low uint64, err error) {
	t.Helper()
	err = w.read.QueryRowContext(t.Context(), `SELECT low FROM redatings WHERE stream = ?`, stream[:]).Scan(&low)
	return low, err
}
