package onboarding

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However quick or slow the provider seems, no more is in doubt than one parcel for
// each hand, and whoever rests hears of the end.
func TestSharesAreNeverMoreThanHands(t *testing.T) {
	t.Parallel()
	const hands = 4
	rapid.Check(t, func(r *rapid.T) {
		s := newShares(hands)
		var has [hands]int
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			s.learn(rapid.SampledFrom([]time.Duration{0, time.Second}).Draw(r, "took"), 8)
			i := rapid.IntRange(0, hands-1).Draw(r, "hand")
			rests := i >= hands/2
			if has[i] == 0 && (s.free == 0 || s.wants(rests) == 0) {
				continue // it would wait
			}
			var enough bool
			if has[i], enough = s.share(has[i], rests); !enough {
				has[i] = s.giveBack(has[i], rests)
			}
			all := s.free
			for _, n := range has {
				all += n
			}
			if all != hands || s.free < 0 {
				r.Fatalf("%v, and %d are free", has, s.free)
			}
		}
		s.leave(has[0])
		if n, ok := s.share(has[hands-1], true); n == 0 && ok {
			r.Fatal("a hand that rests doesn't hear of the end")
		}
	})
}
