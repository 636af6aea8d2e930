package invite_test

import (
	"slices"
	"testing"
	"time"

	"muster/invite"
)

func TestLicenceWarnings(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		seats, taken int
		ends         time.Duration // from now; 0: never
		want         []invite.LicenceWarning
	}{
		{want: nil},
		{taken: 5000, want: nil},
		{seats: 10, taken: 8, ends: 31 * day, want: nil},
		{seats: 10, taken: 9, ends: 30 * day, want: []invite.LicenceWarning{invite.LicenceEnds, invite.SeatsLow}},
		{seats: 10, taken: 10, ends: time.Second, want: []invite.LicenceWarning{invite.LicenceEnds, invite.SeatsGone}},
		{seats: 10, taken: 12, ends: -time.Second, want: []invite.LicenceWarning{invite.LicenceEnded, invite.SeatsGone}},
		{seats: 1, want: nil},
	} {
		l := invite.Licence{Type: invite.Team, Seats: c.seats}
		if c.ends != 0 {
			l.Expires = now.Add(c.ends)
		}
		if got := l.Warnings(c.taken, now); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
