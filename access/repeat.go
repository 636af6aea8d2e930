package access

// Repeat is what is known of a request that may come more than once.
type Repeat struct {
	State  RepeatState
	Status int    // of the answer; RepeatDone only
	Answer []byte // as it was kept; RepeatDone only
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
)
