package attendance_test

import (
	"slices"
	"testing"
	"time"

	"muster/attendance"
)

// The names lie in databases. What nobody has decided counts; what was rejected is
// not there when hours are reckoned.
func TestK29HowAPunchStands(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]attendance.Approval{"waiting": attendance.ApprovalWaiting, "approved": attendance.Approved, "rejected": attendance.Rejected} {
		if got, ok := attendance.ParseApproval(name); !ok || got != want || string(got) != name || !slices.Contains(attendance.Approvals, got) {
			t.Errorf("%s is read as %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "none", "Waiting", "approve"} {
		if got, ok := attendance.ParseApproval(name); ok || got != attendance.ApprovalNone {
			t.Errorf("%q is read as %q, %v", name, got, ok)
		}
	}
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC) }
	day := []attendance.Punch{
		{Direction: attendance.In, At: at(7)},
		{Direction: attendance.Out, At: at(11), Approval: attendance.ApprovalWaiting},
		{Direction: attendance.In, At: at(12), Approval: attendance.Approved},
		{Direction: attendance.Out, At: at(16)},
		{Direction: attendance.In, At: at(20), Approval: attendance.Rejected},
	}
	if got := attendance.Worked(attendance.Counting(day), at(0), at(23)); got != 8*time.Hour {
		t.Errorf("worked %s", got)
	}
	if len(day) != 5 || len(attendance.Counting(day)) != 4 {
		t.Error("counting changes the list")
	}
}
