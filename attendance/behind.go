package attendance

import "time"

// sight is the nearest row after a boot that was compared, and by how much the cloud's
// clock was behind when it had the rows before that one, of the same boot: they were here
// before they happened. 0: nothing shows that it was.
type sight struct {
	row    *Stamp
	behind time.Duration
}

// latest is when the monotonic clock stood at zero at the latest, if it showed mono not
// after a moment.
func latest(by time.Time, mono time.Duration) time.Time { return by.Add(drifted(mono) - mono) }

func (s Stamp) latest() time.Time { return latest(s.Received, s.Clock.Monotonic) }

// lastCompared returns the boot's last compared row; where there is none, other.
func (b boot) lastCompared(other *Stamp) *Stamp {
	for i := len(b.stamps) - 1; i >= 0; i-- {
		if b.all[i].Source == Compared {
			return &b.stamps[i]
		}
	}
	return other
}

// firstCompared is lastCompared for the first one.
func (b boot) firstCompared(other sight) sight {
	if !b.sure() {
		return other
	}
	var found sight
	for i := range b.stamps {
		s, m := &b.stamps[i], b.all[i]
		if by := m.At.Add(-m.Uncertainty).Sub(s.Received); by > lead && !s.Received.Before(dawn) {
			found.behind = max(found.behind, by)
		}
		if s.Compared() {
			found.row = s
			break
		}
	}
	return found
}

// same tells whether two rows' clocks say the same of how far the tablet's own clock is
// from the cloud's.
func (s Stamp) same(o *Stamp) bool {
	return o != nil && (s.Clock.Offset-o.Clock.Offset).Abs() <= lead+max(s.Clock.Uncertainty, 0)+max(o.Clock.Uncertainty, 0)
}

// behind tells whether the cloud's clock was behind when it had rows of a boot of which
// nothing was compared, so that they did not happen before that. Two things must be so:
//
//   - It is shown that the cloud's clock was wrong: the cloud had a row before something
//     that was told earlier had happened; or it had rows that came next before they
//     happened, and being as wrong with these explains what their clock shows.
//   - The tablet's own clock is believed: it stood right when it was compared before the
//     boot and after it, it was not set within, and shows something between the two.
//
// So one clock that is wrong, the cloud's then, the cloud's at another time, or the
// tablet's, is never believed against the two that are right. ceiling is what is known of
// the end by what came after.
func (b boot) behind(ceiling time.Time) bool {
	if b.low.IsZero() || ceiling.IsZero() {
		return false
	}
	var had time.Time
	first, last := b.stamps[0].zero(), b.stamps[0].zero()
	for _, s := range b.stamps {
		if !s.same(b.earlier) || !s.same(b.later.row) {
			return false
		}
		if z := s.zero(); z.Before(first) {
			first = z
		} else if z.After(last) {
			last = z
		}
		if at := s.latest(); !s.Received.Before(dawn) && (had.IsZero() || at.Before(had)) {
			had = at
		}
	}
	switch end := b.stamps[len(b.stamps)-1]; {
	case had.IsZero(), last.Sub(first) > lead+b.apart(end):
		return false
	case first.Add(lead).Before(b.low), last.Add(-lead).After(ceiling):
		return false
	}
	return b.low.After(had.Add(lead)) || b.later.behind > 0 && !last.After(had.Add(b.later.behind+lead))
}
