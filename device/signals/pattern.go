package signals

import (
	"time"

	"periph.io/x/conn/v3/physic"
)

// lamp says which light a pattern flashes.
type lamp int

const (
	lampAccept lamp = iota
	lampRefuse
	lampWait
	lampFault
	lamps // how many there are
)

// note is one tone, the light on with it, and the pause after it.
type note struct {
	pitch physic.Frequency
	on    time.Duration
	off   time.Duration
}

// pattern is a whole signal.
type pattern struct {
	lamp  lamp
	notes []note
}

const (
	low  = 262 * physic.Hertz // C4
	mid  = 587 * physic.Hertz // D5
	high = 880 * physic.Hertz // A5
)

var (
	accepted = pattern{lampAccept, []note{{mid, 100 * time.Millisecond, 60 * time.Millisecond}, {high, 140 * time.Millisecond, 0}}}
	refused  = pattern{lampRefuse, []note{{low, 450 * time.Millisecond, 0}}}
	waiting  = pattern{lampWait, []note{{mid, 120 * time.Millisecond, 0}}}
	fault    = pattern{lampFault, []note{
		{low, 90 * time.Millisecond, 70 * time.Millisecond},
		{low, 90 * time.Millisecond, 70 * time.Millisecond},
		{low, 90 * time.Millisecond, 0},
	}}
)
