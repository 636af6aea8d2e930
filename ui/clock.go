package ui

import "time"

// Clock is the kiosk's time. Tests give one that they turn by hand.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once d has passed, in any goroutine, unless stop is
	// called before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}
