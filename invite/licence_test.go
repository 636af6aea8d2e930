package invite

import (
	"testing"
	"time"
)

// L1 to L10: every way is in the table for every licence, none is left to chance;
// links and keys are never recommended, and each licence has a way that is.
func TestL10WaysByLicence(t *testing.T) {
	for _, l := range LicenceTypes {
		best := NotAllowed
		for _, w := range Ways {
			fit := l.Fits(w)
			best = max(best, fit)
			if (w == ByLink || w == ByKey) && fit > Discouraged {
				t.Errorf("%s: %s is %d", l, w, fit)
			}
		}
		if best != Recommended {
			t.Errorf("%s has no way that is recommended", l)
		}
	}
	if LicenceType("").Fits(ByAddress) != NotAllowed || Team.Fits("fax") != NotAllowed {
		t.Error("what is unknown is allowed")
	}
	if len(fits) != len(LicenceTypes) {
		t.Errorf("%d licences in the table", len(fits))
	}
}

func TestSeats(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		l        Licence
		taken, n int
		want     bool
	}{
		{Licence{Seats: 10}, 9, 1, true},
		{Licence{Seats: 10}, 9, 2, false},
		{Licence{}, 1_000_000, 1, true},
		{Licence{Expires: now}, 0, 1, false},
		{Licence{Expires: now.Add(1)}, 0, 1, true},
	} {
		if got := c.l.Room(c.taken, c.n, now); got != c.want {
			t.Errorf("%+v with %d taken, %d more: %v", c.l, c.taken, c.n, got)
		}
	}
}

// L11 to L13, L22.
func TestL11WhoIsAskedAndWhoIsAdmitted(t *testing.T) {
	for _, c := range []struct {
		admin, account bool
		want           Membership
	}{{true, true, Accepted}, {true, false, Accepted}, {false, true, Asked}, {false, false, Accepted}} {
		s, err := Next(State{Active, None, Outside}, Added(c.admin, c.account))
		if err != nil || s.Membership != c.want {
			t.Errorf("%+v: %v, %v", c, s, err)
		}
	}
}
