//go:build failpoint

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// armed is the step to die at; left is how many passings remain.
var (
	armed Step
	left  atomic.Int64
)

func init() {
	text := os.Getenv(variable)
	if text == "" {
		return
	}
	step, count, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil || n < 1 {
		fmt.Fprintf(os.Stderr, "%s=%s: want step:n\n", variable, text)
		os.Exit(2)
	}
	armed = Step(step)
	left.Store(n)
}

// Pass ends the program, without a word to anybody, when the environment says
// so of this passing.
func Pass(s Step) {
	if s != armed || left.Add(-1) > 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal may reach another thread first
}

// Keep returns how long something is kept: not at all once a failpoint is set.
func Keep(d time.Duration) time.Duration {
	if armed != "" {
		return 0
	}
	return d
}
