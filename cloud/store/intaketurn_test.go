package store

import (
	"testing"
	"time"

	"muster/access"
	"muster/intake"
)

// uploads has somebody bring a list that waits to be read.
func (w *world) uploads(t *testing.T, actor access.Actor) intake.ID {
	t.Helper()
	w.clock.forward(time.Second)
	return must(w.StartIntake(t.Context(), actor, intake.Upload{Kind: intake.People, Name: "people.csv", File: []byte("x")}))(t)
}

// The lists of one organisation hold up nobody else: of each only one is worked on at a
// time, whose turn is the longest ago is next, and a long list gives way while it is
// written.
func TestListsTakeTurnsByOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	acme, other := w.admin.Actor(), w.stranger.Actor()
	first, second := w.uploads(t, acme), w.uploads(t, acme)
	w.uploads(t, acme)
	small := w.uploads(t, other)
	until := func() time.Time { return w.clock.now().Add(time.Hour) }
	take := func(worker string) intake.Job {
		w.clock.forward(time.Second)
		return must(w.TakeIntake(ctx, worker, until()))(t)
	}
	end := func(j intake.Job) {
		t.Helper()
		w.clock.forward(time.Second)
		if err := w.FailIntake(ctx, j, intake.Problem{Code: intake.NoRows}); err != nil {
			t.Fatal(err)
		}
	}
	a := take("one")
	if a.ID != first {
		t.Fatalf("the first that was brought is %s, not %s", first, a.ID)
	}
	b := take("two")
	if b.ID != small {
		t.Fatalf("another's list waits behind two of the same organisation: %s", b.ID)
	}
	if c := take("three"); c.ID != "" {
		t.Errorf("two lists of one organisation at the same time: %s", c.ID)
	}
	if yielded := must(w.YieldIntake(ctx, a))(t); yielded {
		t.Error("it gives way to nobody")
	}
	end(b)
	if c := take("two"); c.ID != "" {
		t.Errorf("%s", c.ID)
	}
	again := w.uploads(t, other)
	if yielded := must(w.YieldIntake(ctx, a))(t); !yielded {
		t.Error("a long list gives way to nobody")
	}
	if c := take("one"); c.ID != again {
		t.Errorf("after it has given way %s is next, not %s", c.ID, again)
	}
	if err := w.FailIntake(ctx, intake.Job{ID: first, Org: acme.Org}, intake.Problem{}); err != nil {
		t.Fatal(err)
	}
	if c := take("two"); c.ID != second {
		t.Errorf("then %s, not %s", c.ID, second)
	}
	if yielded := must(w.YieldIntake(ctx, a))(t); yielded {
		t.Error("it gives back what isn't its any more")
	}
}
