package tablet

import (
	"time"

	"muster/ui/scene"
)

// aside shows what somebody asked for at the screen as soon as no answer to a tap is
// shown, and for no longer than a time; nil ends it. The next card ends it too.
func (s *stage) aside(a scene.Scene, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holdAside(a, d)
	s.refresh(false)
}

// holdAside has a stand in the state for a time.
func (s *stage) holdAside(a scene.Scene, d time.Duration) {
	if s.ends != nil {
		s.ends.Stop()
		s.ends = nil
	}
	if s.state.aside = a; a == nil {
		return
	}
	var mine *time.Timer
	mine = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ends == mine {
			s.state.aside, s.ends = nil, nil
			s.refresh(false)
		}
	})
	s.ends = mine
}

// invitation returns what is shown of an invitation; shown is false when something
// else is on the screen.
func (s *stage) invitation() (i scene.Invitation, shown bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, shown = s.shown.(scene.Invitation)
	return i, shown
}

// invites returns what is shown of the list of invites; shown is false when
// something else is on the screen.
func (s *stage) invites() (i scene.Invites, shown bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, shown = s.shown.(scene.Invites)
	return i, shown
}
