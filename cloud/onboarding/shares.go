package onboarding

import (
	"sync"
	"time"
)

// shares say how many parcels each hand may have in doubt: as many as there are
// hands, all together. Where the provider is quick, half of the hands have two each
// and the others rest: just as many are in doubt, and half as many transactions note
// them.
type shares struct {
	mu    sync.Mutex
	moved *sync.Cond // what is below
	free  int
	quick bool
	over  bool // there is nothing more to send
}

func newShares(hands int) *shares {
	s := &shares{free: hands}
	s.moved = sync.NewCond(&s.mu)
	return s
}

// wants is how many shares a hand is to have now.
func (s *shares) wants(rests bool) int {
	switch {
	case !s.quick || s.over:
		return 1
	case rests:
		return 0
	default:
		return 2
	}
}

// share waits until a hand may go on, and returns how many shares it has then. Where
// it has more than it is to have, it gives them back first: enough is false.
func (s *shares) share(has int, rests bool) (_ int, enough bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		want := s.wants(rests)
		if has > want {
			return has, false
		}
		more := min(want-has, s.free)
		s.free -= more
		if has += more; has > 0 {
			return has, true
		}
		s.moved.Wait()
	}
}

// giveBack takes back what a hand has too much, and returns what it keeps.
func (s *shares) giveBack(has int, rests bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keeps := s.wants(rests); has > keeps {
		s.free += has - keeps
		has = keeps
		s.moved.Broadcast()
	}
	return has
}

// learn takes note of how long some messages took.
func (s *shares) learn(took time.Duration, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := took < quick*time.Duration(messages); now != s.quick {
		s.quick = now
		s.moved.Broadcast()
	}
}

// leave is for a hand that has nothing more to do, as all have soon.
func (s *shares) leave(has int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free, s.over = s.free+has, true
	s.moved.Broadcast()
}
