package link

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// A fleet is cut off for a time; every attempt fails at once until then. Its
// tablets are back within a time that suits the outage, not all at the same moment,
// and have not asked more often than they should.
func TestPausesOfAFleet(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	for _, outage := range []time.Duration{2 * time.Second, 5 * time.Second, time.Minute, time.Hour} {
		const tablets = 1000
		var last time.Duration
		attempts := 0
		atOnce := map[time.Duration]int{} // back within the same tenth of the spread
		spread := pauseAfter(outage, 0)
		for range tablets {
			at := time.Duration(0)
			for at <= outage {
				at += time.Duration(dice.Int64N(int64(pauseAfter(at, 0)) + 1))
				attempts++
			}
			last = max(last, at-outage)
			atOnce[(at-outage)*10/spread]++
		}
		if last > spread {
			t.Errorf("after %s somebody stays away for %s more", outage, last)
		}
		for tenth, n := range atOnce {
			if n > tablets/3 {
				t.Errorf("after %s %d of %d tablets come back in the same %s, number %d", outage, n, tablets, spread/10, tenth)
			}
		}
		if most := 15*tablets + int(outage/longPause)*3*tablets; attempts > most {
			t.Errorf("during %s %d attempts, more than %d", outage, attempts, most)
		}
	}
}

// What counts is how long there has been no session, and how many in a row were of
// no use: not that the last one was young when its broker died.
func TestPauseAfterASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := record{down: time.Now()}
		for name, step := range []struct {
			lived, away time.Duration
			want        time.Duration
		}{
			{0, 20 * time.Second, 20 * time.Second},
			{20 * time.Second, 0, time.Second}, // young, after an outage
			{time.Hour, 0, time.Second},
			{time.Hour, 5 * time.Second, 5 * time.Second},
			{time.Second, 0, time.Second},
			{time.Second, 0, 2 * time.Second},
			{time.Second, time.Second, 4 * time.Second},
			{time.Second, 0, 8 * time.Second},
			{time.Second, 0, 16 * time.Second},
			{time.Second, 0, 32 * time.Second},
			{time.Second, 0, time.Minute},
			{time.Second, time.Hour, time.Minute},
			{time.Hour, 0, time.Second},
		} {
			if step.lived > 0 {
				<-time.After(step.lived)
				r.ended(step.lived)
			}
			<-time.After(step.away)
			if got := r.pause(); got != step.want {
				t.Errorf("step %d: up to %v, want %v", name, got, step.want)
			}
		}
	})
}
