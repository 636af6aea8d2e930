package attendance

// Offline is what a site does with taps while its tablet has no line to the
// cloud. Names are stored and sent: never rename one.
type Offline string

// What a site may choose.
const (
	OfflineAllowed  Offline = "allowed"  // they count as ever; what holds until a site chooses
	OfflineApproval Offline = "approval" // they are taken, and somebody says afterwards whether they count: see Approval
	OfflineRefused  Offline = "refused"  // nobody clocks in or out until the line is back
)

// OfflineChoices are all of them, in the order in which they are offered.
var OfflineChoices = []Offline{OfflineAllowed, OfflineApproval, OfflineRefused}

// ParseOffline returns the choice of that name; ok is false where there is none.
// A tablet takes such a one for OfflineAllowed: nobody's punch is lost to a word.
func ParseOffline(name string) (o Offline, ok bool) {
	for _, o := range OfflineChoices {
		if string(o) == name {
			return o, true
		}
	}
	return OfflineAllowed, false
}
