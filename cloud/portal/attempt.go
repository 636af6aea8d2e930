package portal

import "muster/access"

// attempt takes one try at something that strangers could guess, if their network
// has one left.
func (v *visit) attempt() (ok bool) {
	v.giveBack, ok = v.attempts.Take(v.network())
	return ok
}

// rightAttempt gives it back: what counts is wrong ones, because a whole company may
// come from one address at the beginning of a shift. It isn't endless, since
// passwords cost the machine work.
func (v *visit) rightAttempt() {
	if v.giveBack != nil && v.right.Allow(v.network()) {
		v.giveBack()
	}
	v.giveBack = nil
}

func (v *visit) network() string { return access.NetworkOf(v.Address(v.r)) }
