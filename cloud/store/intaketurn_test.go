package store

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/access"
	"muster/attendance"
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

// Workers of two clouds that look at the same moment don't take two lists of one
// organisation either.
func TestTwoCloudsTakeTurnsByOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := must(on.open(t.Context(), w.at, w.clock.now))(t)
	defer other.Close() //nolint:errcheck // it is this test's own
	clouds := []*Store{w.Store, other}
	for range 4 {
		w.uploads(t, w.admin.Actor())
		w.uploads(t, w.stranger.Actor())
	}
	for range 30 {
		jobs := make([]intake.Job, 6)
		begin, until := make(chan struct{}), w.clock.now().Add(time.Hour)
		var workers errgroup.Group
		for i := range jobs {
			workers.Go(func() (err error) {
				<-begin
				jobs[i], err = clouds[i%2].TakeIntake(t.Context(), string(rune('a'+i)), until)
				return err
			})
		}
		close(begin)
		if err := workers.Wait(); err != nil {
			t.Fatal(err)
		}
		taken := map[attendance.OrgID]int{}
		for _, j := range jobs {
			if j.ID != "" {
				taken[j.Org]++
			}
		}
		if len(taken) != 2 || taken[w.admin.Org] != 1 || taken[w.stranger.Org] != 1 {
			t.Fatalf("lists at the same time: %v", taken)
		}
		w.exec(t, `UPDATE intakes SET lease = '', leased_until = 0`)
	}
}
