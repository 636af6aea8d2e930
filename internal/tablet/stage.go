package tablet

import (
	"reflect"
	"sync"
	"time"

	"muster/ui/scene"
)

// stage keeps the kiosk showing what the state says. It is safe for use by many
// goroutines.
type stage struct {
	kiosk Kiosk

	mu     sync.Mutex
	state  state
	shown  scene.Scene
	status scene.Status
	told   bool
	timer  *time.Timer // ends an answer
	ends   *time.Timer // ends what is shown of an invitation
}

func newStage(k Kiosk, s state) *stage { return &stage{kiosk: k, state: s} }

// change alters the state and shows what follows from it, if it is another scene.
func (s *stage) change(f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.state)
	s.refresh(false)
}

// answer shows the answer to a tap for a time, and alters the state with it. The
// next answer cuts it short.
func (s *stage) answer(answer scene.Scene, d time.Duration, f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.state.answer = answer
	s.holdAside(nil, 0) // the next card's
	f(&s.state)
	s.refresh(true)
	var mine *time.Timer
	mine = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.timer == mine {
			s.state.answer, s.timer = nil, nil
			s.refresh(false)
		}
	})
	s.timer = mine
}

// refresh shows the scene. again shows it even if it is there already: the same
// refusal twice must be seen twice.
func (s *stage) refresh(again bool) {
	next := s.state.scene()
	if next == nil || !again && reflect.DeepEqual(next, s.shown) {
		return
	}
	s.shown = next
	s.kiosk.Show(next)
}

// setStatus changes the bar at the foot.
func (s *stage) setStatus(f func(*scene.Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.status
	f(&s.status)
	if !s.told || s.status != before {
		s.told = true
		s.kiosk.SetStatus(s.status)
	}
}

// close ends the timer.
func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.holdAside(nil, 0)
}

// noReader tells whether the tablet was told to do without a reader.
func (s *stage) noReader() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.noReader
}
