package link

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"muster/sync/wire"
)

const (
	here, here2 = "192.0.2.1:8883", "192.0.2.2:8883" // of one broker, where both are used
	there       = "192.0.2.3:8883"
)

// A broker that hangs once it was greeted is left for another one, if that one
// answers; else it is waited for as long as ever, and not asked twice.
func TestGreetedBrokerHangs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		here, there  *acted // nil: nobody
		twice        bool   // the first has two addresses
		at           string
		after, until time.Duration // of 0: just then
	}{
		"no CONNACK":                          {&acted{connack: never}, &acted{}, false, there, 15 * time.Second, 0},
		"no SUBACK":                           {&acted{suback: never}, &acted{}, false, there, 15 * time.Second, 0},
		"a late CONNACK":                      {&acted{connack: 14 * time.Second}, &acted{}, false, here, 14 * time.Second, 0},
		"a late CONNACK, then a late SUBACK":  {&acted{connack: 14 * time.Second, suback: 14 * time.Second}, &acted{}, false, here, 28 * time.Second, 0},
		"alone":                               {&acted{connack: 50 * time.Second}, nil, false, here, 50 * time.Second, 0},
		"alone, SUBACK":                       {&acted{suback: 50 * time.Second}, nil, false, here, 50 * time.Second, 0},
		"alone with two addresses":            {&acted{connack: 50 * time.Second}, nil, true, here, 50 * time.Second, 0},
		"two addresses, and another":          {&acted{connack: never}, &acted{}, true, there, 15 * time.Second, 0},
		"another one that says nothing":       {&acted{connack: 50 * time.Second}, &acted{hello: never}, false, here, 50 * time.Second, 0},
		"another one that is slow, too":       {&acted{connack: 50 * time.Second}, &acted{hello: 20 * time.Second}, false, here, 50 * time.Second, 0},
		"another one that is slow, but works": {&acted{connack: never}, &acted{hello: 7 * time.Second}, false, there, 36 * time.Second, 52 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := actors{here: c.here}
			addresses := []string{here}
			if c.twice {
				a[here2], addresses = c.here, append(addresses, here2)
			}
			if c.there != nil {
				a[there] = c.there
			}
			a.certify(t)
			synctest.Test(t, func(t *testing.T) {
				l, up := a.tablet(t, append(addresses, there)...)
				began := time.Now()
				defer run(t, l)()
				s := <-up
				if at := time.Since(began); s.place.address != c.at || at < c.after || at > max(c.after, c.until) {
					t.Errorf("a session at %s after %v, want %s after %v to %v", s.place.address, at, c.at, c.after, c.until)
				}
				if n := c.here.greeted.Load(); n != 1 {
					t.Errorf("the first was greeted %d times", n)
				}
			})
		})
	}
}

// A session whose broker confirms nothing is given up for another broker that answers
// quickly, measured by how long this one has said nothing; and only for another one.
func TestSilentSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there        *acted        // nil: it is the same broker
		after, until time.Duration // of 0: just then
	}{
		"another one":               {&acted{}, 5 * time.Second, 0},
		"another one, a bit slow":   {&acted{hello: 1600 * time.Millisecond}, 6600 * time.Millisecond, 0},
		"another one, slower":       {&acted{hello: 1700 * time.Millisecond}, 9 * time.Second, 15 * time.Second},
		"another one, slower still": {&acted{hello: 13 * time.Second}, 52 * time.Second, 111 * time.Second},
		"one that says nothing":     {&acted{hello: never}, never, 0},
		"the same one":              {nil, never, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			silent := &acted{puback: never}
			a := actors{here: silent, there: c.there}
			if c.there == nil {
				a[there] = silent
			}
			a.certify(t)
			synctest.Test(t, func(t *testing.T) {
				l, up := a.tablet(t, here, there)
				defer run(t, l)()
				s := <-up
				began := time.Now()
				for range 10 { // of which only one has others looked for
					if err := s.Publish(wire.UpPulse, nil); err != nil {
						t.Fatal(err)
					}
				}
				select {
				case <-s.Done():
					if at := time.Since(began); c.after == never || at < c.after || at > max(c.after, c.until) || context.Cause(s.ctx) != errSilent { //nolint:errorlint // as it is
						t.Errorf("it ended after %v: %v", at, context.Cause(s.ctx))
					}
				case <-time.After(time.Hour):
					if c.after != never {
						t.Errorf("it goes on, want it to end after %v", c.after)
					}
					if n := a[there].reached.Load(); n < 10 || n > 30 {
						t.Errorf("it looked for another one %d times in an hour", n)
					}
				}
			})
		})
	}
}

// Two brokers under both of which a fleet is too much don't see it go to and fro: a
// tablet goes back ever later, and no two of them at the same time.
func TestTabletsDoNotTradePlaces(t *testing.T) {
	t.Parallel()
	const tablets = 10
	a := actors{here: &acted{puback: never}, there: &acted{puback: never}}
	a.certify(t)
	synctest.Test(t, func(t *testing.T) {
		third := map[time.Duration]int{} // the second when each goes back
		for range tablets {
			l, up := a.tablet(t, here, there)
			stop := run(t, l)
			began, before, gone := time.Now(), time.Time{}, 0
			for time.Since(began) < 3*time.Hour {
				select {
				case s := <-up:
					if stayed := time.Since(before); gone > 1 && stayed < awayFirst<<min(gone-2, awayTimes) {
						t.Errorf("after %d moves it stayed for %v", gone-1, stayed)
					}
					if want := []string{here, there}[gone%2]; s.place.address != want {
						t.Errorf("after %d moves it is at %s", gone, s.place.address)
					}
					if gone == 2 {
						third[time.Since(began).Truncate(time.Second)]++
					}
					before = time.Now()
					gone++
					if err := s.Publish(wire.UpPulse, nil); err != nil {
						t.Fatal(err)
					}
				case <-time.After(time.Minute):
				}
			}
			stop()
			if gone < 4 || gone > 14 {
				t.Errorf("%d sessions in three hours", gone)
			}
		}
		if len(third) < tablets/4 {
			t.Errorf("all go back at once: %v", third)
		}
	})
}
