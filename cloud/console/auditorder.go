package console

import (
	"strconv"
	"strings"

	"muster/access"
)

// refusedOrder is the action of an order that was given at a tablet and refused. Its
// subject is PERSON/WHY/MANAGER/PEOPLE, or TABLET/more where no more of a tablet are noted
// for now.
const refusedOrder = "refuse-order"

// refusedOrderWords says why an order at a tablet was refused, and how many people it was
// for, where it was for several.
func (v *visit) refusedOrderWords(e access.AuditEntry) (what, subject, to string) {
	parts := strings.Split(e.Subject, "/")
	what = v.action(e.Action)
	if len(parts) < 2 {
		return what, "", ""
	}
	what += ": " + v.or("audit.refused.", parts[1])
	if parts[1] == "more" {
		return what, v.text.Say("audit.open.tablet"), "/devices/" + parts[0]
	}
	if len(parts) == 4 {
		if n, err := strconv.Atoi(parts[3]); err == nil && n > 1 {
			what += " (" + v.text.Count("audit.refused.people", n) + ")"
		}
	}
	return what, "", ""
}
