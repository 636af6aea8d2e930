package attendance

import "time"

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

// believed tells which comparisons of a boot count; nil: all do. Where the cloud's
// clock went back between two of them, it was wrong before or after: then what most
// rows say counts, and of equally many what was said last. The others take their time
// from these.
func (b boot) believed() []bool {
	type voice struct {
		newest Stamp
		rows   int
		end    int
	}
	var voices []voice
	var latest Stamp
	back := false
	of := make([]int, len(b.stamps))
	for i, s := range b.stamps {
		of[i] = -1
		if !s.Compared() {
			continue
		}
		for v := len(voices) - 1; v >= 0 && of[i] < 0; v-- {
			if s.zero().Sub(voices[v].newest.zero()).Abs() <= s.allowed(voices[v].newest) {
				of[i] = v
			}
		}
		if of[i] < 0 {
			of[i] = len(voices)
			voices = append(voices, voice{})
		}
		v := &voices[of[i]]
		v.newest, v.end = s, i
		v.rows++
		back = back || len(voices) > 1 && latest.zero().Sub(s.zero()) > s.allowed(latest)
		if len(voices) == 1 || s.zero().After(latest.zero()) {
			latest = s
		}
	}
	if !back {
		return nil
	}
	most := 0
	for v, x := range voices {
		if best := voices[most]; x.rows > best.rows || x.rows == best.rows && x.end > best.end {
			most = v
		}
	}
	counts := make([]bool, len(b.stamps))
	for i, v := range of {
		counts[i] = v == most
	}
	return counts
}
