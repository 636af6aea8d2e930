package attendance

import (
	"cmp"
	"slices"
	"time"
)

// zero is when the clock that nobody can set stood at zero, by the cloud's clock that
// the row was compared with.
func (s Stamp) zero() time.Time { return s.Clock.Cloud().Add(-s.Clock.Monotonic) }

// allowed is by how much the comparisons of two rows of a boot may differ: replicas do
// by as much as lead, and the tablet's clocks may drift.
func (s Stamp) allowed(o Stamp) time.Duration {
	return lead + max(s.Clock.Uncertainty, 0) + max(o.Clock.Uncertainty, 0) + drifted(s.Clock.Monotonic-o.Clock.Monotonic)
}

// Later is by how much more the cloud's clock went on between two comparisons of a boot
// than the clock that nobody can set, beyond what may be; 0: by no more. A computer that
// slept may have stopped the latter. Below 0 is by how much less: the cloud's clock was
// set back, whatever the tablet did.
func Later(cloud, monotonic time.Duration) time.Duration {
	by, slack := cloud-monotonic, lead+drifted(monotonic)
	switch {
	case by > slack:
		return by - slack
	case by < -slack:
		return by + slack
	}
	return 0
}

// voice is comparisons of a boot that agree with each other.
type voice struct {
	newest  Stamp
	punches int
	rows    int
	end     int
}

// heard is to how many voices a comparison is held, those first that were heard last. A
// tablet has but a few, whatever clouds it was connected to; one that was taken over could
// have each row contradict all others.
const heard = 64

// Outvoted tells which comparisons of a boot, given in the order of the journal and as many
// as there are of it, are contradicted by most of them; nil: none. Where the cloud's clock
// went back between two of them, it was wrong before or after: then what most punches say
// counts, of equally many what most rows do, and of these what was said last. A wrong clock
// can have cards refused that are good, and people try again and again: refusals are no
// measure of how long it was wrong.
func Outvoted(boot []Stamp) []bool {
	var voices []*voice // the one that was heard last is the last
	var latest Stamp
	back := false
	of := make([]*voice, len(boot))
	for i, s := range boot {
		if !s.Compared() {
			continue
		}
		at := len(voices) - 1
		for at >= max(0, len(voices)-heard) && s.zero().Sub(voices[at].newest.zero()).Abs() > s.allowed(voices[at].newest) {
			at--
		}
		v := &voice{}
		if at >= max(0, len(voices)-heard) {
			v = voices[at]
			voices = slices.Delete(voices, at, at+1)
		}
		voices = append(voices, v)
		v.newest, v.end, of[i] = s, i, v
		v.rows++
		if s.Punch {
			v.punches++
		}
		back = back || len(voices) > 1 && latest.zero().Sub(s.zero()) > s.allowed(latest)
		if len(voices) == 1 || s.zero().After(latest.zero()) {
			latest = s
		}
	}
	if !back {
		return nil
	}
	most := slices.MaxFunc(voices, func(a, b *voice) int {
		return cmp.Or(cmp.Compare(a.punches, b.punches), cmp.Compare(a.rows, b.rows), cmp.Compare(a.end, b.end))
	})
	outvoted := make([]bool, len(boot))
	for i, v := range of {
		outvoted[i] = v != nil && v != most
	}
	return outvoted
}
