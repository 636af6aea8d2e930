package attendance

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// journey draws a journal of a tablet that is started again and again, while its own clock and
// the cloud's are wrong for a while.
func journey(r *rapid.T) (stamps []Stamp) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	some := func(what string, most int) time.Duration {
		return time.Duration(rapid.OneOf(rapid.IntRange(0, 8000), rapid.IntRange(0, most)).Draw(r, what)) * time.Millisecond
	}
	var ahead, behind time.Duration
	for b := range rapid.IntRange(1, 9).Draw(r, "boots") {
		begin, id := now.Add(-some("ms since it started", 9000)), fmt.Sprint(b)
		if rapid.IntRange(0, 9).Draw(r, "without a name") == 0 {
			id = ""
		}
		trusts := rapid.SampledFrom([][]Trust{{TrustNone}, {TrustEstimated}, {TrustNone, TrustStepped, TrustEstimated}}).Draw(r, "trusts")
		for range rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 25)).Draw(r, "rows") {
			now = now.Add(some("ms later", 3600e3))
			switch rapid.IntRange(0, 11).Draw(r, "trouble") {
			case 0:
				ahead = rapid.SampledFrom([]time.Duration{0, 0, -time.Second, 9 * time.Second, time.Hour}).Draw(r, "tablet ahead")
			case 1, 2:
				behind = rapid.SampledFrom([]time.Duration{0, 4 * time.Second, time.Hour, 7 * time.Hour, -time.Hour, 60 * 365 * 24 * time.Hour}).Draw(r, "cloud behind")
			}
			s := Stamp{
				Clock: ClockReading{
					BootID: id, Monotonic: now.Sub(begin) - some("ms too little", 0), Device: now.Add(ahead), Offset: -ahead,
					Trust: rapid.SampledFrom(trusts).Draw(r, "trust"), Uncertainty: time.Duration(rapid.IntRange(-5, 9000).Draw(r, "ms unsure")) * time.Millisecond,
				},
				Received: now.Add(some("ms on the way", 9000) - behind),
				Outvoted: rapid.IntRange(0, 9).Draw(r, "outvoted") == 0,
			}
			if rapid.IntRange(0, 9).Draw(r, "wrongly compared") == 0 {
				s.Clock.Offset -= behind + some("ms off", 20_000)
			}
			stamps = append(stamps, s)
		}
	}
	return stamps
}

// astray draws a journal of a tablet whose own clock is right, as was seen before two starts of
// it and after them, but for one row; meanwhile the cloud was behind for a while.
func astray(r *rapid.T) (stamps []Stamp) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	from := rapid.IntRange(0, 20).Draw(r, "behind from")
	to := from + rapid.IntRange(0, 20).Draw(r, "rows behind")
	odd := rapid.IntRange(0, 60).Draw(r, "odd row")
	for b, trust := range []Trust{TrustEstimated, TrustNone, TrustNone, TrustEstimated} {
		begin := now
		for range rapid.IntRange(1, 14).Draw(r, "rows") {
			now = now.Add(time.Duration(rapid.IntRange(1, 600).Draw(r, "s later")) * time.Second)
			s := Stamp{Clock: ClockReading{BootID: fmt.Sprint(b), Monotonic: now.Sub(begin), Device: now, Trust: trust}, Received: now.Add(time.Duration(rapid.IntRange(0, 900).Draw(r, "s on the way")) * time.Second)}
			if len(stamps) >= from && len(stamps) <= to {
				s.Received = s.Received.Add(-time.Hour)
			}
			if by := time.Duration(rapid.IntRange(-20, 20).Draw(r, "s odd")) * time.Second; len(stamps) == odd && b%3 != 0 {
				if s.Clock.Device = s.Clock.Device.Add(by); rapid.Bool().Draw(r, "offset") {
					s.Clock.Offset = -by
				}
			}
			stamps = append(stamps, s)
		}
	}
	return stamps
}

// Of some rows is told what is told of them among all, whichever they are, and what comes
// after they are known is not asked for.
func TestGistTellsOfSomeWhatIsToldAmongAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		stamps := rapid.OneOf(rapid.Custom(journey), rapid.Custom(astray)).Draw(r, "journal")
		whole := Moments(stamps)
		more := rapid.IntRange(0, 5).Draw(r, "more")
		for from := range stamps {
			to := min(len(stamps)-1, from+more)
			var g Gist
			for i, s := range stamps {
				if !g.Add(s, i >= from && i <= to) {
					break
				}
			}
			part := g.Moments()
			if len(part) != to-from+1 {
				r.Fatalf("%d moments of rows %d to %d", len(part), from, to)
			}
			for i, m := range part {
				if m != whole[from+i] {
					r.Errorf("row %d of %d is %+v among all, and %+v by what was kept of rows %d to %d", from+i, len(stamps), whole[from+i], m, from, to)
				}
			}
		}
	})
}

// What is kept of months in which a tablet was never compared is a few rows a boot, and
// nothing of what lies beyond boots that were.
func TestGistKeepsFewRows(t *testing.T) {
	t.Parallel()
	const boots, each = 30, 200
	start := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	var g Gist
	most, added := 0, 0
	for n, more := 0, true; more && n < boots*each; n++ {
		b, i := n/each, n%each
		at := start.Add(time.Duration(b*each+i) * time.Minute)
		s := Stamp{Clock: ClockReading{BootID: fmt.Sprint(b), Monotonic: time.Duration(i) * time.Minute, Device: at}, Received: at.Add(time.Second)}
		if b == 5 || b == 25 {
			s.Clock.Trust = TrustEstimated
		}
		if more = g.Add(s, b == 15 && i == 7); more {
			added, most = added+1, max(most, len(g.stamps))
		}
	}
	if got := g.Moments(); len(got) != 1 || !got[0].At.Equal(start.Add((15*each+7)*time.Minute)) {
		t.Errorf("it happened %+v", got)
	}
	if want := 3*each + 20*9; most > want {
		t.Errorf("%d rows were kept at a time, want %d at most", most, want)
	}
	if want := 26 * each; added != want {
		t.Errorf("%d rows were taken in, want %d: those after the next boot that was compared don't matter", added, want)
	}
}
