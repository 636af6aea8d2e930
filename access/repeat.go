package access

import "time"

// Repeat is what is known of a request that may come more than once.
type Repeat struct {
	State  RepeatState
	Status int       // of the answer; RepeatDone only
	Answer []byte    // as it was kept; RepeatDone only
	Began  time.Time // RepeatNew only: names this attempt among those of the same request
}

// RepeatKey is the key under which a context has the RepeatMark of the request that it
// is of.
type RepeatKey struct{}

// RepeatMark names one attempt at a request that may come more than once. What it
// changes is noted with it, in the same transaction.
type RepeatMark struct {
	ID    []byte
	Began time.Time
}

// RepeatState says how far such a request is.
type RepeatState int

const (
	// RepeatNew: it has not been seen; it is under way from now on.
	RepeatNew RepeatState = iota
	// RepeatRunning: the same request is under way at this moment.
	RepeatRunning
	// RepeatDone: it has been answered.
	RepeatDone
	// RepeatOther: another request came under the same name.
	RepeatOther
	// RepeatUnknown: an attempt was cut off after something of it had been committed.
	// Whether that is all of it nobody knows.
	RepeatUnknown
)
