package nfc

import (
	"time"

	"muster/attendance"
)

// Debouncer turns sightings into taps: a card that stays on the reader is seen
// many times a second and is still one tap, and so is a card that slips off and
// comes back at once.
//
// Cards whose number says nothing (random UIDs, unreadable ones) count as one
// and the same card, for a phone left on the reader may show a new number each
// time. A Debouncer belongs to one goroutine.
type Debouncer struct {
	hold time.Duration
	last map[string]time.Time
}

// NewDebouncer returns a Debouncer for which a card is the same tap until it has
// not been seen for hold.
func NewDebouncer(hold time.Duration) *Debouncer {
	return &Debouncer{hold: hold, last: map[string]time.Time{}}
}

// SetHold changes the time from the next sighting on.
func (d *Debouncer) SetHold(hold time.Duration) { d.hold = hold }

// Seen tells whether this sighting begins a new tap. at should carry a monotonic
// reading, as time.Now gives it: then a stepped wall clock changes nothing. A
// time before an earlier sighting counts as that sighting's own.
func (d *Debouncer) Seen(uid []byte, at time.Time) (tap bool) {
	key := key(uid)
	last, known := d.last[key]
	tap = !known || at.Sub(last) > d.hold
	if tap || at.After(last) {
		d.last[key] = at
	}
	if tap {
		for k, t := range d.last { // keeps the map as small as the field is
			if at.Sub(t) > d.hold {
				delete(d.last, k)
			}
		}
	}
	return tap
}

func key(uid []byte) string {
	switch {
	case !attendance.ValidUID(uid):
		return "unreadable"
	case attendance.RandomUID(uid):
		return "random"
	default:
		return string(uid)
	}
}
