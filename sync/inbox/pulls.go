package inbox

import "time"

// The times between two pulls of the feed.
const (
	pullIdle  = time.Minute     // with nothing missing: news is pushed, this catches what got lost
	pullRetry = 5 * time.Second // first time without an answer; doubles
	pullSlow  = 2 * time.Minute // at most
)

// Pulls decides when to ask for the feed. It reads no clock.
type Pulls struct {
	due   time.Time
	asked int // times in a row without getting anywhere
}

// Start has the feed pulled at once: a new connection has missed whatever was
// pushed while there was none.
func (p *Pulls) Start(now time.Time) { p.due, p.asked = now, 0 }

// Due returns when to ask.
func (p *Pulls) Due() time.Time { return p.due }

// Asked says that the tablet asked.
func (p *Pulls) Asked(now time.Time) {
	p.due = now.Add(min(pullRetry<<min(p.asked, 10), pullSlow))
	p.asked++
}

// Page says that a page came. more is set when another one is needed; moved when
// this one was of use. A feed that keeps sending what is of no use is asked ever
// more slowly.
func (p *Pulls) Page(now time.Time, more, moved bool) {
	switch {
	case more && moved:
		p.due, p.asked = now, 0
	case more && p.asked == 0:
		p.due = now
	case more:
		// Asked already: the answer is on its way, or comes after the next asking.
	default:
		p.due, p.asked = now.Add(pullIdle), 0
	}
}
