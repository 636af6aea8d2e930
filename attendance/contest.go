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
	id      int
	newest  Stamp
	punches int
	rows    int
	end     int
}

// heard is to how many voices a comparison is held, those first that were heard last. A
// tablet has but a few, whatever clouds it was connected to; one that was taken over could
// have each row contradict all others.
const heard = 64

// Poll counts which comparisons of a boot contradict each other, one after the other in the
// order of the journal. Where the cloud's clock went back between two of them, it was wrong
// before or after: then what most punches say counts, of equally many what most rows do, and
// of these what was said last. A wrong clock can have cards refused that are good, and people
// try again and again: refusals are no measure of how long it was wrong.
//
// The zero value has counted nothing.
type Poll struct {
	voices []voice // the one that was heard last is the last
	latest Stamp
	back   bool
	rows   int
	most   voice
}

// Mute is the voice of a row that was not compared.
const Mute = -1

// Add counts one more row and tells which voice it has: rows of one number agree with each
// other. They count up from 0.
func (p *Poll) Add(s Stamp) int {
	if !s.Compared() {
		return Mute
	}
	n := len(p.voices)
	at := n - 1
	for at >= max(0, n-heard) && s.zero().Sub(p.voices[at].newest.zero()).Abs() > s.allowed(p.voices[at].newest) {
		at--
	}
	v := voice{id: n}
	if at >= max(0, n-heard) {
		v = p.voices[at]
		p.voices = slices.Delete(p.voices, at, at+1)
	}
	v.newest, v.end = s, p.rows
	v.rows++
	if s.Punch {
		v.punches++
	}
	p.voices = append(p.voices, v)
	p.rows++
	p.back = p.back || len(p.voices) > 1 && p.latest.zero().Sub(s.zero()) > s.allowed(p.latest)
	if len(p.voices) == 1 || s.zero().After(p.latest.zero()) {
		p.latest = s
	}
	if p.rows == 1 || v.id == p.most.id || more(v, p.most) > 0 {
		p.most = v
	}
	return v.id
}

func more(a, b voice) int {
	return cmp.Or(cmp.Compare(a.punches, b.punches), cmp.Compare(a.rows, b.rows), cmp.Compare(a.end, b.end))
}

// Counts returns the voice that counts. contested is false where all do: nothing shows that
// the cloud's clock was ever set back.
func (p *Poll) Counts() (voice int, contested bool) { return p.most.id, p.back }

// Voices is how many there are.
func (p *Poll) Voices() int { return len(p.voices) }

// Clone returns a copy that counts on by itself.
func (p *Poll) Clone() *Poll {
	c := *p
	c.voices = slices.Clone(p.voices)
	return &c
}

// Outvoted tells which comparisons of a boot, given in the order of the journal and as many
// as there are of it, are contradicted by most of them, see Poll; nil: none.
func Outvoted(boot []Stamp) []bool {
	var p Poll
	of := make([]int, len(boot))
	for i, s := range boot {
		of[i] = p.Add(s)
	}
	most, contested := p.Counts()
	if !contested {
		return nil
	}
	outvoted := make([]bool, len(boot))
	for i, v := range of {
		outvoted[i] = v != Mute && v != most
	}
	return outvoted
}
