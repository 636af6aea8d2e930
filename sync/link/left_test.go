package link

import (
	"testing"
	"testing/synctest"
	"time"
)

// For how long a tablet doesn't go back grows with each time, up to about an hour, is
// another one for each tablet, and begins anew after a time without any.
func TestLeftForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		later := map[time.Duration]bool{}
		for range 20 {
			var l left
			for _, least := range []time.Duration{1, 2, 4, 8, 16, 32, 32, 32} {
				least *= time.Minute
				l.note("this")
				away := time.Until(l.until["this"])
				later[away.Truncate(time.Second)] = true
				if away < least || away >= 2*least {
					t.Errorf("away for %v, want at least %v and less than twice that", away, least)
				}
				time.Sleep(away - 1)
				if !l.lately("this") || l.lately("that") {
					t.Error("it is to be left for the whole time, and no other one")
				}
				time.Sleep(time.Nanosecond)
				if l.lately("this") {
					t.Error("it is left for longer")
				}
			}
			time.Sleep(calm)
			l.note("this")
			if away := time.Until(l.until["this"]); away >= 2*time.Minute {
				t.Errorf("after a calm away for %v", away)
			}
		}
		if len(later) < 50 {
			t.Errorf("of 160 times only %d are different", len(later))
		}
	})
}
