package attendance

import "time"

// Tap is one deliberate presentation of a card, already debounced.
type Tap struct {
	UID        []byte // as read: 4, 7 or 10 bytes
	Technology string // what the card seems to be, for the console: "MIFARE Classic", "ISO 14443-4", ...
	At         time.Time
}

// Trust says how far a time stamp may be believed.
type Trust int

const (
	// TrustNone: the clock was never compared with the cloud since this boot.
	TrustNone Trust = iota
	// TrustEstimated: compared, and the offset is known within Uncertainty.
	TrustEstimated
	// TrustStepped: somebody or something set the clock since it was compared.
	TrustStepped
)

// String returns the stable name that is stored and sent.
func (t Trust) String() string {
	switch t {
	case TrustEstimated:
		return "estimated"
	case TrustStepped:
		return "stepped"
	default:
		return "none"
	}
}

// ClockReading is everything that is known of the moment something happened,
// so that the cloud can judge it later and correct it without changing it.
type ClockReading struct {
	Device      time.Time     // the tablet's own wall clock, UTC
	Monotonic   time.Duration // since boot; never runs backwards within one BootID
	BootID      string        // which boot Monotonic counts from
	Offset      time.Duration // cloud time minus device time, as last estimated
	Uncertainty time.Duration // half the width of the estimate
	Trust       Trust
}

// Cloud returns the best estimate of the true time.
func (c ClockReading) Cloud() time.Time { return c.Device.Add(c.Offset) }

// Since returns how long ago a reading of the same tablet was taken; sure is false
// where no clock tells. Within a boot that is the one that nobody can set. From one
// boot to the next only clocks tell that were compared with the cloud's: one without
// a battery starts with a time of its own, which may be any.
func (c ClockReading) Since(before ClockReading) (d time.Duration, sure bool) {
	if c.BootID != "" && c.BootID == before.BootID {
		return c.Monotonic - before.Monotonic, true
	}
	return c.Cloud().Sub(before.Cloud()), c.Trust == TrustEstimated && before.Trust == TrustEstimated
}
