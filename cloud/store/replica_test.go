package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// beside returns another cloud's store on the same database.
func (w *world) beside(id string) *Store {
	s := new(Store)
	*s = *w.Store
	s.replica, s.onNews, s.onFeed = id, nil, nil
	return s
}

func (w *world) online(t *testing.T, dev attendance.DeviceID) bool {
	t.Helper()
	return must(w.Tablet(t.Context(), w.admin.Actor(), dev))(t).Online
}

// A replica that is killed takes nobody along for good: its tablets count as
// gone once another has buried it, those that have moved on don't.
func TestReplicaIsBuried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	a, b := w.beside("a-1"), w.beside("b-1")
	var told []device.News
	b.onNews = func(_ attendance.OrgID, n device.News) { told = append(told, n) }
	must(beat(ctx, a))(t)
	must(beat(ctx, b))(t)
	stays, moves := w.device(t, w.admin.Org, w.north.ID, "Stays"), w.device(t, w.admin.Org, w.north.ID, "Moves")
	at := func(dev attendance.DeviceID) wire.Address { return wire.Address{Org: w.admin.Org, Device: dev} }
	must(a.Presence(ctx, at(stays), &wire.Presence{Session: "s", Online: true, StartedUs: 1}))(t)
	must(a.Presence(ctx, at(moves), &wire.Presence{Session: "m1", Online: true, StartedUs: 1}))(t)
	must(b.Presence(ctx, at(moves), &wire.Presence{Session: "m2", Online: true, StartedUs: 2}))(t)
	if changed := must(a.Presence(ctx, at(moves), &wire.Presence{Session: "m1"}))(t); changed {
		t.Error("a late will of the replica that it left says that the tablet is gone")
	}
	leases := must(beat(ctx, b))(t)
	if len(leases) != 2 {
		t.Fatalf("%+v", leases)
	}
	seen := leases[0] // a, as it was seen
	must(beat(ctx, a))(t)
	if gone := must(b.Bury(ctx, []Lease{seen}))(t); gone != 0 || !w.online(t, stays) {
		t.Errorf("%d tablets went with a replica that has moved since it was looked at", gone)
	}
	seen = must(beat(ctx, b))(t)[0]
	if gone := must(b.Bury(ctx, []Lease{seen}))(t); gone != 1 || w.online(t, stays) || !w.online(t, moves) {
		t.Errorf("%d tablets are gone; online: %v, %v", gone, w.online(t, stays), w.online(t, moves))
	}
	if len(told) != 1 || told[0].ID != string(stays) {
		t.Errorf("told %v", told)
	}
	if again := must(b.Bury(ctx, nil))(t); again != 0 {
		t.Errorf("%d more", again)
	}

	// It was alive all the same: it is back, and so are its tablets.
	if _, known, err := a.Beat(ctx, "a"); err != nil || known {
		t.Errorf("it takes itself for known: %v", err)
	}
	must(a.Pulses(ctx, map[wire.Address]*wire.Pulse{at(stays): {}}))(t)
	if here := must(a.OnlineAt(ctx, w.north.ID))(t); !w.online(t, stays) || len(here) != 1 || here[0].Device != stays {
		t.Errorf("online here: %v", here)
	}
	if here := must(b.OnlineAt(ctx, w.north.ID))(t); len(here) != 1 || here[0].Device != moves {
		t.Errorf("online at the other: %v", here)
	}

	// In order, it takes its tablets off at once.
	if err := a.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	if left := must(beat(ctx, b))(t); w.online(t, stays) || len(left) != 1 {
		t.Errorf("after it left: %v", left)
	}
}

func beat(ctx context.Context, s *Store) ([]Lease, error) {
	leases, _, err := s.Beat(ctx, s.replica[:1])
	return leases, err
}

// A tablet that moves to another replica is where it says it is, whatever its clock
// said meanwhile: after a power cut it goes on in 1970 where nothing kept the time.
func TestMovesWithAnyClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	a, b := w.beside("a-1"), w.beside("b-1")
	from := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	at := func(what string, want *Store) {
		t.Helper()
		for _, s := range []*Store{a, b} {
			if here := must(s.OnlineAt(ctx, w.north.ID))(t); (len(here) == 1) != (s == want) {
				t.Errorf("%s: at %s are %v", what, s.replica, here)
			}
		}
		if !w.online(t, from.Device) {
			t.Errorf("%s: it counts as gone", what)
		}
	}
	pulse := func(s *Store, session string) {
		t.Helper()
		must(s.Pulses(ctx, map[wire.Address]*wire.Pulse{from: {Session: session}}))(t)
	}
	must(a.Presence(ctx, from, &wire.Presence{Session: "1", Online: true, StartedUs: w.clock.now().UnixMicro()}))(t)
	at("at first", a)
	w.clock.forward(time.Minute)
	if changed := must(b.Presence(ctx, from, &wire.Presence{Session: "2", Online: true, StartedUs: 1}))(t); !changed {
		t.Error("a session that began in 1970 changes nothing")
	}
	must(a.Presence(ctx, from, &wire.Presence{Session: "1"}))(t)
	at("moved", b)
	// What comes late of the session before says nothing, be it a pulse or its beginning.
	pulse(a, "1")
	must(a.Presence(ctx, from, &wire.Presence{Session: "1", Online: true, StartedUs: w.clock.now().UnixMicro()}))(t)
	at("after what came late", b)
	// The cloud's own clock goes backwards, and the tablet moves once more.
	w.clock.forward(-time.Hour)
	must(a.Presence(ctx, from, &wire.Presence{Session: "3", Online: true, StartedUs: 2}))(t)
	at("with the cloud's clock set back", a)
	// The replica that it moved to could not write it down: its pulse says where it is.
	pulse(b, "4")
	at("by its pulse", b)
	must(a.Presence(ctx, from, &wire.Presence{Session: "3"}))(t)
	at("after the will of the one before", b)
	// Two replicas told of two sessions the wrong way round: the living one goes on to pulse.
	must(b.Presence(ctx, from, &wire.Presence{Session: "6", Online: true, StartedUs: 9}))(t)
	must(a.Presence(ctx, from, &wire.Presence{Session: "5", Online: true, StartedUs: 8}))(t)
	w.clock.forward(time.Minute)
	pulse(b, "6")
	at("after two that came the wrong way round", b)
	if changed := must(b.Presence(ctx, from, &wire.Presence{Session: "6"}))(t); !changed || w.online(t, from.Device) {
		t.Error("its end doesn't count")
	}
	w.clock.forward(time.Minute)
	pulse(b, "6")
	if w.online(t, from.Device) {
		t.Error("a pulse of a session that is over brings it back")
	}
}

// A pulse that was on its way when the tablet said goodbye doesn't bring it back.
func TestLatePulseSaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	must(w.Presence(t.Context(), from, &wire.Presence{Session: "s", Online: true, StartedUs: 1}))(t)
	must(w.Presence(t.Context(), from, &wire.Presence{Session: "s"}))(t)
	must(w.Pulses(t.Context(), map[wire.Address]*wire.Pulse{from: {}}))(t)
	if w.online(t, from.Device) {
		t.Error("it is online")
	}
}

// A revocation is found by the replica that has the tablet, once. So is that an organisation
// was moved away, for all of its tablets and nobody else's.
func TestUnwelcomeHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	a, b := w.beside("a-1"), w.beside("b-1")
	from := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	must(a.Presence(ctx, from, &wire.Presence{Session: "s", Online: true, StartedUs: 1}))(t)
	if err := b.RevokeTablet(ctx, w.admin.Actor(), from.Device); err != nil {
		t.Fatal(err)
	}
	if cut := must(b.UnwelcomeHere(ctx))(t); len(cut) != 0 {
		t.Errorf("the other one is to cut %v", cut)
	}
	if cut := must(a.UnwelcomeHere(ctx))(t); len(cut) != 1 || cut[0] != from.Device {
		t.Errorf("to cut: %v", cut)
	}
	if cut := must(a.UnwelcomeHere(ctx))(t); len(cut) != 0 {
		t.Errorf("once more: %v", cut)
	}

	gate := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate 2")}
	theirs := wire.Address{Org: w.stranger.Org, Device: w.device(t, w.stranger.Org, w.elsewhere.ID, "Gate 3")}
	for _, from := range []wire.Address{gate, theirs} {
		must(a.Presence(ctx, from, &wire.Presence{Session: "s", Online: true, StartedUs: 1}))(t)
	}
	to := other(t, w.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	must(b.Move(ctx, to, w.admin.Org))(t)
	if cut := must(b.UnwelcomeHere(ctx))(t); len(cut) != 0 {
		t.Errorf("moved away: the other one is to cut %v", cut)
	}
	if cut := must(a.UnwelcomeHere(ctx))(t); len(cut) != 1 || cut[0] != gate.Device {
		t.Errorf("moved away: to cut: %v", cut)
	}
}

// What replicas give out for the first set-up is good side by side; one use ends
// them all.
func TestSetUpBeside(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	ctx := t.Context()
	one, two := must(s.IssueSetupBeside(ctx))(t), must(s.IssueSetupBeside(ctx))(t)
	must(s.SetUp(ctx, one, firstSetUp))(t)
	again := firstSetUp
	again.Email, again.Organisation = "other@acme.example", "Other"
	if _, err := s.SetUp(ctx, two, again); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the second: %v", err)
	}
}

// A copy of a tablet that tells another story at another replica is found out by
// the database: the same place in the journal with another hash, and a clock
// that runs backwards.
func TestCopiesAtTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	a, b := w.beside("a-1"), w.beside("b-1")
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.punch(anna.ID, "")
	must(a.Deliver(t.Context(), []device.Delivery{p.delivery(first)}))(t)
	copied := *p
	mine, theirs := p.punch(anna.ID, ""), copied.punch(anna.ID, "")
	// Both at the same time, each at its own replica.
	var wg sync.WaitGroup
	for s, d := range map[*Store]device.Delivery{a: p.delivery(mine), b: copied.delivery(theirs)} {
		wg.Go(func() { must(s.Deliver(t.Context(), []device.Delivery{d}))(t) })
	}
	wg.Wait()
	third := p.punch(anna.ID, "")
	var kept []byte // whichever of the two was first
	if err := w.read.QueryRowContext(t.Context(), `SELECT hash FROM raw_rows WHERE device = ? AND seq = ?`, p.from.Device, 2).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	third.Prev, third.Clock.Monotonic = device.Hash(kept), first.Clock.Monotonic-time.Second
	must(b.Deliver(t.Context(), []device.Delivery{p.delivery(p.seal(third))}))(t)
	kinds := map[device.AlarmKind]bool{}
	for _, alarm := range must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t).Alarms {
		kinds[alarm.Kind] = true
	}
	if !kinds[device.AlarmClone] || !kinds[device.AlarmBackwards] {
		t.Errorf("alarms: %v, quarantine: %v", kinds, w.reasons(t, p))
	}
}
