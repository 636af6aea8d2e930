package e2e_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"muster/internal/stage"
)

// programs are built once for all stories.
var programs stage.Binaries

func TestMain(m *testing.M) {
	if os.Getenv(frameChild) != "" {
		runFrameChild()
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "muster-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if programs, err = stage.Build(context.Background(), dir, race); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
