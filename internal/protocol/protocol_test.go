package protocol_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestProtocol tries the whole of it, from the tap to the cloud's log, over a
// line and disks that do their worst. See docs/architecture.md.
func TestProtocol(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { try(t) })
}

// TestCloudRestored and TestTabletRestored are TestProtocol with little else going
// on, so that what follows upon a restore is met more often.
func TestCloudRestored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		try(t, "tap", "exchange", "exchange again", "prune", "cloud's backup", "cloud is restored", "tablet dies", "disk fills or is cleared")
	})
}

// See TestCloudRestored.
func TestTabletRestored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		try(t, "tap", "exchange", "connect", "cut", "arrive", "hear", "lose", "tablet's backup", "tablet is restored")
	})
}

// TestCloned is TestProtocol with a tablet that has a double, with the same name and
// stream. The cloud answers either of them about the rows of the other.
func TestCloned(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		try(t, "tap", "tap once more", "exchange", "connect", "arrive", "hear", "lose", "wait", "tablet is cloned", "tablet's backup", "tablet is restored")
	})
}

// try does actions, all of them where none are named, lets everything settle and
// judges what came of it.
func try(t *rapid.T, only ...string) {
	w := newWorld(context.Background(), t)
	defer w.end()
	all := w.actions()
	maps.DeleteFunc(all, func(name string, _ func(*rapid.T)) bool { return len(only) > 0 && !slices.Contains(only, name) })
	t.Repeat(all)
	w.calm()
	w.judge()
}
