package attendance

import (
	"testing"
	"time"
)

// A comparison is believed unless its cloud had lost its time, or the row would have
// happened well after the cloud that took it in had it.
func TestComparedIsBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct {
		at, received time.Time
		want         bool
	}{
		"in time":                     {now, now, true},
		"clouds differ a little":      {now.Add(lead), now, true},
		"clouds differ too much":      {now.Add(lead + 1), now, false},
		"the first moment of all":     {dawn, now, true},
		"the cloud had lost its time": {dawn.Add(-1), now, false},
	} {
		s := Stamp{Clock: ClockReading{Device: c.at, Trust: TrustEstimated}, Received: c.received}
		if got := s.Compared(); got != c.want {
			t.Errorf("%s: compared is %v", what, got)
		}
	}
}

// From one boot to the next both clocks must have been compared, and rows that name no
// boot are not of the same one.
func TestSinceAcrossBoots(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	read := func(boot string, trust Trust) ClockReading {
		return ClockReading{Device: at, BootID: boot, Trust: trust}
	}
	for what, c := range map[string]struct {
		now, before ClockReading
		sure        bool
	}{
		"within a boot":              {read("a", TrustNone), read("a", TrustNone), true},
		"both compared":              {read("b", TrustEstimated), read("a", TrustEstimated), true},
		"the earlier never compared": {read("b", TrustEstimated), read("a", TrustNone), false},
		"the later never compared":   {read("b", TrustNone), read("a", TrustEstimated), false},
		"no boot is named":           {read("", TrustNone), read("", TrustNone), false},
	} {
		if _, sure := c.now.Since(c.before); sure != c.sure {
			t.Errorf("%s: sure is %v", what, sure)
		}
	}
}

// Where two people had the card at once, it is whom the tablet took it for.
func TestHolderOfTwoIsTheOneTold(t *testing.T) {
	t.Parallel()
	m := Moment{At: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), Source: Compared}
	both := []Card{{Profile: "anna"}, {Profile: "ben"}}
	for _, told := range []ProfileID{"anna", "ben"} {
		if who, certain := m.Holder(told, both); who != told || !certain {
			t.Errorf("told %s: %s, certain %v", told, who, certain)
		}
	}
}
