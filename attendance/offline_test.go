package attendance_test

import (
	"testing"

	"muster/attendance"
)

// The names lie in databases and on tablets.
func TestK29NamesOfTheChoice(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]attendance.Offline{
		"allowed": attendance.OfflineAllowed, "approval": attendance.OfflineApproval, "refused": attendance.OfflineRefused,
	} {
		if got, ok := attendance.ParseOffline(name); !ok || got != want || string(got) != name {
			t.Errorf("%s is read as %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "Refused", "approved", "refused "} {
		if got, ok := attendance.ParseOffline(name); ok || got != attendance.OfflineAllowed {
			t.Errorf("%q is read as %q, %v", name, got, ok)
		}
	}
}
