package attendance

import "time"

// Holder tells whose a punch of a card is, out of everybody who ever had it. told is
// who the tablet took it for: that counts where nobody had the card. Where the
// tablet's clock was never compared and the card may have been in one hand or in
// another's at the time, certain is false: what that clock showed must not decide
// whose pay it is.
func (m Moment) Holder(told ProfileID, all []Card) (who ProfileID, certain bool) {
	if m.Source.Sure() {
		return holderAt(m.At, told, all), true
	}
	who = holderAt(m.Earliest, told, all)
	for _, c := range all {
		for _, change := range []time.Time{c.From, c.To} {
			within := change.After(m.Earliest) && (m.Latest.IsZero() || !change.After(m.Latest))
			if within && holderAt(change, told, all) != who {
				return holderAt(m.At, told, all), false
			}
		}
	}
	return who, true
}

func holderAt(t time.Time, told ProfileID, all []Card) ProfileID {
	who := told
	for _, c := range all {
		if !c.Holds(t) {
			continue
		}
		if c.Profile == told {
			return told
		}
		who = c.Profile
	}
	return who
}
