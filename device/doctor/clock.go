package doctor

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// built is a time that is past whenever this program runs.
var built = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// kernelClock asks the kernel whether the clock is disciplined: adjtimex answers
// TIME_ERROR and STA_UNSYNC as long as nobody does.
func kernelClock() (bool, error) {
	const timeError = 5
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, fmt.Errorf("ask the kernel for its clock: %w", err)
	}
	return state != timeError && t.Status&unix.STA_UNSYNC == 0, nil
}

// checkClock looks whether the clock can be right. Punches are stored with the
// cloud's estimate of the error, so a wrong clock is no disaster; a certificate is
// refused by it all the same.
func checkClock(cfg Config) []Finding {
	const mend = "sudo timedatectl set-ntp true    (Debian: sudo apt install systemd-timesyncd)"
	now := cfg.Now()
	if now.Before(built) {
		return []Finding{{"clock", Broken, "the clock says " + now.UTC().Format(time.DateTime) + " UTC, which is long ago", mend}}
	}
	synchronised, err := cfg.Clock()
	switch {
	case err != nil:
		return []Finding{{"clock", Note, err.Error(), ""}}
	case !synchronised:
		return []Finding{{"clock", Note, "nobody keeps the clock right; it says " + now.UTC().Format(time.DateTime) + " UTC", mend}}
	default:
		return []Finding{{"clock", Fine, "synchronised", ""}}
	}
}
