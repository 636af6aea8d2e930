package ui_test

import (
	"sync"
	"time"
)

// handClock is a clock that stands still until a test turns it.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	alarms map[int]handAlarm
	next   int
}

type handAlarm struct {
	at time.Time
	f  func()
}

func newHandClock(now time.Time) *handClock {
	return &handClock{now: now, alarms: map[int]handAlarm{}}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.alarms[id] = handAlarm{c.now.Add(d), f}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, there := c.alarms[id]
		delete(c.alarms, id)
		return there
	}
}

// turn lets time pass, ringing what falls due on the way, each at its own time.
func (c *handClock) turn(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		due, found := 0, false
		for id, a := range c.alarms {
			if !a.at.After(end) && (!found || a.at.Before(c.alarms[due].at) || a.at.Equal(c.alarms[due].at) && id < due) {
				due, found = id, true
			}
		}
		if !found {
			break
		}
		a := c.alarms[due]
		delete(c.alarms, due)
		if a.at.After(c.now) {
			c.now = a.at
		}
		c.mu.Unlock()
		a.f()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}

// pending is how many alarms are set.
func (c *handClock) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.alarms)
}
