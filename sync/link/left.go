package link

import (
	"math/rand/v2"
	"sync"
	"time"
)

// left are the brokers that the tablet has left for their silence, and until when it
// doesn't go back to one for the silence of another. A fleet that is too much for two
// brokers would be too much for them all the more if it went to and fro between them;
// so with each time that takes about twice as long, and not equally long for any
// two tablets. Where nobody else is to be had, a broker is greeted all the same.
type left struct {
	mu    sync.Mutex
	until map[broker]time.Time
	times int // in a row
	last  time.Time
}

const (
	awayFirst = time.Minute   // the least, the first time
	awayTimes = 5             // how often that is doubled, at most
	calm      = 2 * time.Hour // after so long without any, those before don't count
)

// note takes note that a broker was left.
func (l *left) note(b broker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.until == nil || now.Sub(l.last) > calm {
		l.until, l.times = map[broker]time.Time{}, 0
	}
	least := awayFirst << min(l.times, awayTimes)
	l.until[b] = now.Add(least + rand.N(least))
	l.times, l.last = l.times+1, now
}

// lately tells whether a broker was left so short a time ago that the tablet doesn't
// go back to it.
func (l *left) lately(b broker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.until[b])
}
