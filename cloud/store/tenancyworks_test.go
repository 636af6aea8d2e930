package store

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// TestNothingLeaksAndNothingChanges would prove nothing if its calls did nothing for anybody: for
// an administrator each works, shows or changes something, and leaves a note in
// the audit log when it has changed something. Then it is not for a viewer.
func TestTheSameCallsWorkForWhoMay(t *testing.T) {
	t.Parallel()
	methods := actorMethods()
	shown := make(chan string, len(methods))
	t.Run("each", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(methods)) {
			if strings.HasPrefix(name, "ChangeOwn") {
				continue // for everybody; see ownaccount_test.go
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := furnish(t)
				if name == "ResetAccess" { // for somebody whose account is active
					f.place(t, f.anna.ID, invite.State{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Outside}, invite.Contact{}, time.Time{})
				}
				_, forViewer := f.call(t, methods[name], f.viewerNorth.Actor())
				before, audited := f.dump(t), f.audited(t)
				got, err := f.call(t, methods[name], f.admin.Actor())
				if err != nil {
					t.Fatalf("for an administrator: %v", err)
				}
				if f.dump(t) == before {
					shown <- got
					if forViewer != nil && name != "Users" && name != "Claim" && !strings.HasPrefix(name, "Plan") && name != "Mailbox" && name != "Kept" && name != "Launch" && !strings.HasPrefix(name, "Audit") && !strings.HasPrefix(name, "Intake") && !strings.HasPrefix(name, "Directory") && !strings.HasPrefix(name, "Batch") {
						t.Errorf("for a viewer: %v", forViewer)
					}
					return
				}
				if f.audited(t) != audited+1 {
					t.Errorf("it left %d notes in the audit log", f.audited(t)-audited)
				}
				if name != "IssueAPIToken" && name != "IssueToken" && name != "Record" && !errors.Is(forViewer, access.ErrForbidden) && !errors.Is(forViewer, access.ErrNotFound) {
					t.Errorf("for a viewer: %v", forViewer)
				}
			})
		}
	})
	close(shown)
	var all strings.Builder
	for s := range shown {
		all.WriteString(s)
	}
	for _, what := range []string{"North", "Annabella", "Gatehouse", "strange-reason", "payroll-token", "viewer@acme.example", "annabella@acme.example", "nobody-there"} {
		if !strings.Contains(all.String(), what) {
			t.Errorf("no call shows %q to an administrator", what)
		}
	}
}

func (w *world) audited(t *testing.T) int {
	t.Helper()
	var n int
	if err := w.read.QueryRowContext(t.Context(), `SELECT count(*) FROM audit`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
