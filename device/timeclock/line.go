package timeclock

import (
	"sync"
	"time"
)

// Grace is how long a line may be gone before a tablet counts as offline. A
// session that breaks is made anew within seconds, and a cloud that is started
// again is back within half a minute; nobody is turned away for that.
const Grace = 60 * time.Second

// Line knows whether the tablet is offline. It reckons with a clock that nobody
// can set. Until the first session it is offline without grace: how long the line
// was gone before the program began isn't known, and switching a tablet off and on
// is no way round a site's rule. Make one with NewLine.
type Line struct {
	monotonic func() time.Duration

	mu     sync.Mutex
	there  bool
	ever   bool          // there was a session in this run
	broken time.Duration // when the last one ended
}

// NewLine returns a line without a session. monotonic never runs backwards.
func NewLine(monotonic func() time.Duration) *Line { return &Line{monotonic: monotonic} }

// Changed takes note whether there is a session. It may be told the same again.
func (l *Line) Changed(there bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.there && !there {
		l.broken = l.monotonic()
	}
	l.there, l.ever = there, l.ever || there
}

// Offline tells whether there is no session, and was none for longer than Grace.
func (l *Line) Offline() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.there && (!l.ever || l.monotonic()-l.broken > Grace)
}
