//go:build !failpoint

package failpoint

import "time"

// Pass does nothing.
func Pass(Step) {}

// Keep returns how long something is kept: d.
func Keep(d time.Duration) time.Duration { return d }
