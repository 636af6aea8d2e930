package e2e_test

import (
	"context"
	"testing"
	"time"
)

// lastWords is what a story that hangs has left to say what its programs logged, before
// go test ends everything.
const lastWords = time.Minute

// patient returns the context of a story. It has no time of its own: how long one takes is
// up to the machine and to what else runs there. Only a failure uses it up.
func patient(t testing.TB) context.Context {
	t.Helper()
	bounded, ok := t.(interface{ Deadline() (time.Time, bool) })
	if !ok {
		return t.Context() // a benchmark
	}
	end, ok := bounded.Deadline()
	if !ok {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), end.Add(-lastWords))
	t.Cleanup(cancel)
	return ctx
}
