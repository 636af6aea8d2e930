package journal

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
)

// Source is where a clock gets its time from. System is the real one.
type Source interface {
	// Wall returns the time that people see and anybody may set.
	Wall() time.Time
	// Monotonic returns the time since boot, suspended time included. Nobody can
	// set it.
	Monotonic() time.Duration
	// BootID names the boot that Monotonic counts from.
	BootID() string
}

// System reads the machine's clocks. Make one with OpenSystem.
type System struct{ boot string }

// OpenSystem finds out which boot this is.
func OpenSystem() (System, error) {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return System{}, fmt.Errorf("read the boot id: %w", err)
	}
	id, err := uuid.Parse(strings.TrimSpace(string(raw)))
	if err != nil {
		return System{}, fmt.Errorf("read the boot id: %w", err)
	}
	return System{boot: id.String()}, nil
}

// Wall implements Source.
func (System) Wall() time.Time { return time.Now().UTC().Round(0) }

// Monotonic implements Source with CLOCK_BOOTTIME.
func (System) Monotonic() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0 // the call can fail only for a clock that the kernel doesn't have; it has had this one since 2.6.39
	}
	return time.Duration(ts.Nano())
}

// BootID implements Source.
func (s System) BootID() string { return s.boot }
