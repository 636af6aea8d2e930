package store

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// A tablet that was taken over asks for as much as it likes to be looked at. The others of
// the transaction have what it may not.
func TestOneTabletDoesNotUseUpWhatOthersMayLookAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	w.thrift = thrift{each: spendTurn + 100, all: 10 * spendTurn}
	s, honest := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}, w.pen(t, w.admin.Org, w.north.ID)
	for i := range 30 {
		s.far(anna.ID, 2*electorate, time.Duration(i)*time.Hour, time.Duration(i%2)*-time.Hour)
	}
	lone := honest.stamped(anna.ID, "", hour(2), never, 0)
	must(w.Deliver(t.Context(), []device.Delivery{s.p.delivery(s.rows...), honest.delivery(lone)}))(t)
	if n := w.number(t, `SELECT count(*) FROM redatings WHERE device = ?`, s.p.from.Device); n != 1 {
		t.Error("nothing of it waits: all was looked at")
	}
	if n := w.number(t, `SELECT count(*) FROM redatings WHERE device = ?`, honest.from.Device); n != 0 {
		t.Error("another tablet's row waits because of these")
	}
}

// Of what is put off, rows from both ends of a long journal are told in the end.
func TestRowsFarFromEachOtherArePutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	const back = -time.Hour
	for i := range 3 {
		s.far(anna.ID, 3*horizon, time.Duration(i)*24*time.Hour, 0, 0, 0, back)
	}
	w.thrift.each = 0
	w.deliver(t, s.p, s.rows...)
	if m := w.momentOf(t, s.rows[0]); m.Source.Sure() {
		t.Error("it was looked at")
	}
	w.redateAll(t)
	s.right(t, s.rows)
}

// Until it is looked at, nothing is told to have been after the cloud had it.
func TestPutOffIsNotInTheFuture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.thrift.each = 0
	row := p.stamped(anna.ID, "", w.clock.now().Add(365*24*time.Hour), never, 0)
	w.deliver(t, p, row)
	if m := w.momentOf(t, row); m.At.After(w.clock.now()) || m.Source.Sure() {
		t.Errorf("it is told to have been at %s (%s)", m.At, m.Source)
	}
}

// An answer is given at a tablet whose clock is a year behind, and which was compared just
// after. What it comes to is decided by when it was given, also where that is looked at later.
func TestAnswerIsPutOff(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	began := g.clock.now()
	g.clock.forward(10 * time.Minute)
	own := func(r device.Row, trust attendance.Trust, since time.Duration) device.Row {
		r.Clock = attendance.ClockReading{Device: began.Add(since).Add(-365 * 24 * time.Hour), Monotonic: since, BootID: "slow", Trust: trust}
		if trust == compared {
			r.Clock.Offset = 365 * 24 * time.Hour
		}
		g.p.last = g.p.seal(r)
		return g.p.last
	}
	answer := own(g.says(true), never, time.Minute)
	sure := own(g.p.punch(g.there.ID, g.card), compared, 2*time.Minute)
	g.thrift.each = 0
	g.deliver(t, g.p, answer, sure)
	if id := g.told().GetAnswerId(); id != "" {
		t.Error("it was decided at once, by a clock that is a year behind")
	}
	g.redateAll(t)
	if got, _ := g.stands(t, g.there.ID); got != invite.Accepted || g.told().GetOutcome() != string(invite.AnswerJoined) || g.told().GetAnswerId() != answer.ID.String() {
		t.Errorf("stands %s, told %v", got, g.told())
	}
	if n := g.number(t, `SELECT count(*) FROM quarantine WHERE resolved_at = 0`); n != 0 {
		t.Errorf("%d rows are still in quarantine", n)
	}
}

// A tablet that was taken over has any number of streams wait to be told anew.
// Another tablet's have their turn all the same.
func TestRowsOfAnotherTabletAreToldAnewInTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	w.thrift.each = 0
	for range 3 { // in the order of their names too
		p := w.pen(t, w.admin.Org, w.north.ID)
		var rows []device.Row
		for range 20 {
			p.last = device.Row{Stream: uuid.New()}
			rows = append(rows, p.stamped(anna.ID, "", hour(1), never, 0))
		}
		w.deliver(t, p, rows...)
	}
	s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
	s.far(anna.ID, 0, 0, 0, 0, -time.Hour)
	w.deliver(t, s.p, s.rows...)
	for range 8 {
		must(w.Redate(t.Context()))(t)
	}
	s.right(t, s.rows)
}
