package attendance_test

import (
	"testing"
	"time"

	"muster/attendance"
)

func TestCloudTimeIsDeviceTimeAndOffset(t *testing.T) {
	t.Parallel()
	r := attendance.ClockReading{Device: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Offset: -90 * time.Second}
	if got, want := r.Cloud(), time.Date(2026, 3, 1, 8, 58, 30, 0, time.UTC); !got.Equal(want) {
		t.Errorf("Cloud() = %v, want %v", got, want)
	}
}

func TestTrustNamesAreStable(t *testing.T) {
	t.Parallel()
	for trust, name := range map[attendance.Trust]string{
		attendance.TrustNone: "none", attendance.TrustEstimated: "estimated", attendance.TrustStepped: "stepped", 99: "none",
	} {
		if trust.String() != name {
			t.Errorf("%d is called %q", trust, trust.String())
		}
	}
}

// People read the codes out on the telephone: no two reasons may share one.
func TestReasonCodesAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]attendance.Reason{}
	for _, r := range []attendance.Reason{
		attendance.UnknownCard, attendance.BlockedCard, attendance.BlockedPerson, attendance.RandomCard, attendance.Unreadable,
		attendance.TooSoon, attendance.StorageFull, attendance.StorageFault, attendance.NotReady, attendance.NoLine, attendance.Locked, attendance.Revoked, "anything else",
	} {
		if other, ok := seen[r.Code()]; ok || r.Code() == "" {
			t.Errorf("%s and %s share the code %q", r, other, r.Code())
		}
		seen[r.Code()] = r
	}
}
