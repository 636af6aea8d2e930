package roster

import (
	"time"

	"muster/attendance"
	"muster/sync/wire"
)

// pending reads how far somebody is with their activation. What can't be understood
// is left out: who can't be invited from here can clock in all the same.
func pending(m *wire.Pending) *attendance.Pending {
	if m == nil {
		return nil
	}
	p := &attendance.Pending{
		Account: m.GetAccount(), Delivery: m.GetDelivery(), Membership: m.GetMembership(), Last: instant(m.GetLastUs()),
		Channel: m.GetChannel(), Reason: m.GetReason(), Blocked: m.GetAddressBlocked(), Order: m.GetOrderId(), Fate: m.GetFate(), Dealt: instant(m.GetDealtUs()),
	}
	if !shortWords(p.Account, p.Delivery, p.Membership, p.Channel, p.Reason, p.Order, p.Fate) || !thisEra(p.Last) || !thisEra(p.Dealt) {
		return nil
	}
	return p
}

// manager reads whose account of the console somebody's card stands for.
func manager(m *wire.Manager) *attendance.Manager {
	if m == nil || m.GetUserId() == "" || !shortWords(append([]string{m.GetUserId(), m.GetRole()}, m.GetSites()...)...) {
		return nil
	}
	a := &attendance.Manager{User: m.GetUserId(), Role: m.GetRole()}
	for _, s := range m.GetSites() {
		a.Sites = append(a.Sites, attendance.SiteID(s))
	}
	return a
}

// shortWords tells whether these can be ids and keywords.
func shortWords(all ...string) bool {
	for _, s := range all {
		if len(s) > maxWord || texts("word", s) != nil {
			return false
		}
	}
	return true
}

// thisEra tells whether a moment can be written down; zero can.
func thisEra(t time.Time) bool { return t.IsZero() || t.Year() >= 1970 && t.Year() <= 9999 }
