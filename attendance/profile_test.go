package attendance_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"muster/attendance"
)

func TestNameAndInitials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, last, name, initials string }{
		{"Anna", "Berg", "Anna Berg", "AB"},
		{"Anna", "", "Anna", "A"},
		{"", "Berg", "Berg", "B"},
		{"", "", "", "?"},
		{"élodie", "ångström", "élodie ångström", "ÉÅ"},
		{"Юлия", "щукина", "Юлия щукина", "ЮЩ"},
		{" ", "berg", "berg", "B"},
		{"\xff", "Berg", "\xff Berg", "B"},
	} {
		p := attendance.Profile{FirstName: c.first, LastName: c.last}
		if got := p.Name(); got != c.name {
			t.Errorf("Name() = %q, want %q", got, c.name)
		}
		if got := p.Initials(); got != c.initials {
			t.Errorf("Initials() of %q = %q, want %q", p.Name(), got, c.initials)
		}
	}
}

func TestSiteWithAnUnknownZoneRunsOnUTC(t *testing.T) {
	t.Parallel()
	if l := (attendance.Site{TimeZone: "Europe/Atlantis"}).Location(); l != time.UTC {
		t.Errorf("Location() = %v", l)
	}
	if l := (attendance.Site{TimeZone: "Europe/Berlin"}).Location(); l.String() != "Europe/Berlin" {
		t.Errorf("Location() = %v", l)
	}
}
