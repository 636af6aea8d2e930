package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// What somebody has seen is told by the order in which punches came, not by when: the
// cloud's clock was ahead, was put right, and all the while people tapped. All that came
// before the look is decided, nothing that came after it.
func TestDecideWhatWasSeenWhateverTheClockSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	bert := w.person(t, "Bert", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	come := func(who attendance.ProfileID) device.Row {
		t.Helper()
		r := p.punchOffline(who)
		w.deliver(t, p, r)
		return r
	}
	waiting := attendance.LogQuery{Approval: attendance.ApprovalWaiting}
	latest := func(q attendance.LogQuery) attendance.PunchID {
		t.Helper()
		return must(w.LatestPunch(ctx, admin, q))(t)
	}
	if got := latest(waiting); got != "" {
		t.Errorf("none came, and the latest is %s", got)
	}
	before := come(anna.ID)
	w.clock.forward(time.Hour)
	ahead := come(anna.ID)
	w.clock.forward(-time.Hour)
	right := come(bert.ID)
	w.deliver(t, p, p.punch(anna.ID, "")) // which nobody has to approve
	through := latest(waiting)
	if through != idOf(right) {
		t.Errorf("the latest is %s", through)
	}
	annas := waiting
	annas.Profile = anna.ID
	if got := latest(annas); got != idOf(ahead) {
		t.Errorf("Anna's latest is %s", got)
	}
	w.clock.forward(-2 * time.Hour)
	after := come(anna.ID) // by this clock long before all of them
	seen := waiting
	seen.Through = through
	if n := must(w.CountPunches(ctx, admin, seen))(t); n != 3 {
		t.Errorf("%d were seen", n)
	}
	all := attendance.Decision{Verdict: attendance.Approved, All: true, Filter: seen}
	for _, bad := range []attendance.PunchID{"x\x00", attendance.NewID[attendance.PunchID]()} {
		other := all
		other.Filter.Through = bad
		if _, err := w.DecidePunches(ctx, admin, other); !errors.Is(err, access.Invalid{Field: "through", Problem: access.Unknown}) {
			t.Errorf("through %q: %v", bad, err)
		}
	}
	if _, err := w.DecidePunches(ctx, w.stranger.Actor(), all); !errors.Is(err, access.Invalid{Field: "through", Problem: access.Unknown}) {
		t.Errorf("somebody else's punch: %v", err)
	}
	if _, err := w.LatestPunch(ctx, access.Actor{Org: w.admin.Org}, waiting); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who has no role asks: %v", err)
	}
	if got := must(w.LatestPunch(ctx, w.managerSouth.Actor(), waiting))(t); got != "" {
		t.Errorf("the manager of the other site is told of %s", got)
	}
	if out := must(w.DecidePunches(ctx, admin, all))(t); out != (attendance.Decided{Changed: 3}) {
		t.Errorf("decided: %+v", out)
	}
	for r, want := range map[*device.Row]attendance.Approval{&before: "approved", &ahead: "approved", &right: "approved", &after: "waiting"} {
		if got, _ := w.stand(t, idOf(*r)); got != want {
			t.Errorf("row %d stands %q, want %q", r.Seq, got, want)
		}
	}
}

// A punch that waits has its place in the order also where it was there before the order
// was, or was brought from another database: whoever has seen all decides about all.
func TestArrivalsOfBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	all := attendance.LogQuery{Approval: attendance.ApprovalWaiting}
	decidable := func(s *Store) int {
		t.Helper()
		seen := all
		seen.Through = must(s.LatestPunch(ctx, w.admin.Actor(), all))(t)
		return must(s.CountPunches(ctx, w.admin.Actor(), seen))(t)
	}
	w.deliver(t, p, p.punchOffline(anna.ID), p.punchOffline(anna.ID), p.punchOffline(anna.ID))
	w = w.atVersion(t, 38, func(earlier *world) { earlier.deliver(t, p, p.punchOffline(anna.ID)) })
	w.deliver(t, p, p.punchOffline(anna.ID))
	if n := decidable(w.Store); n != 5 {
		t.Errorf("after an upgrade %d of 5 are to be decided", n)
	}
	to := other(t, w.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	must(w.Move(ctx, to, w.admin.Org))(t)
	if n := decidable(to); n != 5 {
		t.Errorf("where it was moved to %d of 5 are to be decided", n)
	}
}
