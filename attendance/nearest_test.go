package attendance

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A boot of which nothing was compared is dated by the nearest boots on either side that
// were, and by what lies between. What is told of boots further away changes nothing, however
// the cloud's clock was set meanwhile: so it is no matter whether these are looked at, and
// whether they came before or after.
func TestBootsFurtherAwaySayNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		var stamps []Stamp
		var ends []int // of boots
		for b := range rapid.IntRange(1, 7).Draw(r, "boots") {
			begin, compared := now, rapid.Bool().Draw(r, "compared")
			for range rapid.IntRange(1, 3).Draw(r, "rows") {
				now = now.Add(time.Duration(rapid.Int64Range(1, 10_000).Draw(r, "ms later")) * time.Millisecond)
				off := time.Duration(rapid.OneOf(rapid.Int64Range(-5000, 5000), rapid.Int64Range(-7200_000, 7200_000)).Draw(r, "ms wrong")) * time.Millisecond
				s := Stamp{Clock: ClockReading{BootID: fmt.Sprint(b), Device: now.Add(-time.Hour), Monotonic: now.Sub(begin), Offset: time.Hour + off}, Received: now.Add(off)}
				if compared {
					s.Clock.Trust, s.Clock.Uncertainty = TrustEstimated, time.Duration(rapid.Int64Range(0, 100).Draw(r, "ms unsure"))*time.Millisecond
				}
				stamps = append(stamps, s)
			}
			ends = append(ends, len(stamps))
		}
		whole := Moments(stamps)
		sure := func(boot int) bool { return whole[ends[boot]-1].Source.Sure() }
		begins := func(boot int) int {
			if boot == 0 {
				return 0
			}
			return ends[boot-1]
		}
		for boot := range ends {
			if sure(boot) {
				continue
			}
			first, last := boot, boot
			for first > 0 && !sure(first) {
				first--
			}
			for last < len(ends)-1 && !sure(last) {
				last++
			}
			part := Moments(stamps[begins(first):ends[last]])
			for i := begins(boot); i < ends[boot]; i++ {
				if near := part[i-begins(first)]; near != whole[i] {
					r.Errorf("row %d of boot %d: %+v by boots %d to %d, %+v by all %d", i, boot, near, first, last, whole[i], len(ends))
				}
			}
		}
	})
}
