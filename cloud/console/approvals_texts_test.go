package console

import "muster/attendance"

// approvalKeys are texts about how punches stand, and about decisions; and why an order at
// a tablet is refused.
func approvalKeys() []string {
	var keys []string
	for _, a := range attendance.Approvals {
		keys = append(keys, "approvals.state."+string(a), "approvals.none."+string(a), "log.approval."+string(a))
		if a != attendance.ApprovalWaiting {
			keys = append(keys, "approvals.decided."+string(a), "approvals.sure."+string(a), "approvals.effect."+string(a), "approvals.do."+string(a))
		}
	}
	for _, why := range []string{"account", "card", "role", "tablet", "too-many", "elsewhere", "more"} {
		keys = append(keys, "audit.refused."+why)
	}
	return keys
}
