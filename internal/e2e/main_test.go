package e2e_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"muster/internal/scratch"
	"muster/internal/stage"
)

// programs are built once for all stories.
var programs stage.Binaries

// mortal are the programs that can be killed at a step, built when the first story asks
// for them: compiling everything for each would take longer than the stories.
var mortal = sync.OnceValues(func() (stage.Binaries, error) {
	b, err := stage.Build(context.Background(), filepath.Join(filepath.Dir(programs.Sim), "mortal"), race, "failpoint")
	b.Sim = programs.Sim // nobody kills it
	return b, err
})

func TestMain(m *testing.M) {
	if os.Getenv(frameChild) != "" {
		runFrameChild()
		return
	}
	os.Exit(run(m))
}

// lookAtSources makes the programs' sources something that the result of these
// tests depends on. Otherwise go test would not run them again when a program
// has changed: it sees only what this binary is made of and looks at.
func lookAtSources() error {
	return fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
}

func run(m *testing.M) int {
	if dir := os.Getenv(smallDisk); dir != "" {
		programs = stage.In(dir)
		return m.Run()
	}
	dir, remove, err := scratch.Folder("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove() //nolint:errcheck // a temporary folder
	if err := lookAtSources(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if programs, err = stage.Build(context.Background(), dir, race); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
