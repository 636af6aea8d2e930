package tablet

import (
	"time"

	"muster/ui/scene"
)

// invite shows something of an invitation as soon as no answer to a tap is shown,
// and for no longer than a time; nil ends it. The next card ends it too.
func (s *stage) invite(i *scene.Invitation, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holdInvitation(i, d)
	s.refresh(false)
}

// holdInvitation has i stand in the state for a time.
func (s *stage) holdInvitation(i *scene.Invitation, d time.Duration) {
	if s.ends != nil {
		s.ends.Stop()
		s.ends = nil
	}
	if s.state.invitation = i; i == nil {
		return
	}
	s.ends = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.state.invitation == i {
			s.state.invitation, s.ends = nil, nil
			s.refresh(false)
		}
	})
}

// invitation returns what is shown of an invitation; shown is false when something
// else is on the screen.
func (s *stage) invitation() (i scene.Invitation, shown bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, shown = s.shown.(scene.Invitation)
	return i, shown
}
