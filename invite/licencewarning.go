package invite

import "time"

// LicenceWarning is what an organisation admin is told about the licence before it
// gets in the way. Names are keys of sentences: never rename one.
type LicenceWarning string

const (
	// LicenceEnds: within LicenceNotice nobody new is let in.
	LicenceEnds LicenceWarning = "ends"
	// LicenceEnded: nobody new is let in.
	LicenceEnded LicenceWarning = "ended"
	// SeatsLow: nine of ten seats are taken.
	SeatsLow LicenceWarning = "low"
	// SeatsGone: each seat is taken.
	SeatsGone LicenceWarning = "gone"
)

// LicenceWarnings lists all of them.
var LicenceWarnings = []LicenceWarning{LicenceEnds, LicenceEnded, SeatsLow, SeatsGone}

// LicenceNotice is how long before its end a licence is warned about.
const LicenceNotice = 30 * 24 * time.Hour

// Warnings tells what is to be said of a licence of which so many seats are taken.
func (l Licence) Warnings(taken int, now time.Time) (all []LicenceWarning) {
	switch {
	case l.Expires.IsZero():
	case !now.Before(l.Expires):
		all = append(all, LicenceEnded)
	case l.Expires.Sub(now) <= LicenceNotice:
		all = append(all, LicenceEnds)
	}
	switch {
	case l.Seats == 0:
	case taken >= l.Seats:
		all = append(all, SeatsGone)
	case 10*taken >= 9*l.Seats:
		all = append(all, SeatsLow)
	}
	return all
}
