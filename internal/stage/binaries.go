package stage

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binaries is where the three programs are.
type Binaries struct {
	Cloud, Tablet, Sim string
}

// In names the programs in a folder.
func In(dir string) Binaries {
	return Binaries{
		Cloud:  filepath.Join(dir, "muster-cloud"),
		Tablet: filepath.Join(dir, "muster-tablet"),
		Sim:    filepath.Join(dir, "muster-sim"),
	}
}

// Build compiles the programs of the module that the current folder belongs to
// into dir, with the race detector when race is set and with build tags.
func Build(ctx context.Context, dir string, race bool, tags ...string) (Binaries, error) {
	args := []string{"build", "-o", dir + "/", "-tags", strings.Join(tags, ",")}
	if race {
		args = append(args, "-race")
	}
	args = append(args, "muster/cmd/muster-cloud", "muster/cmd/muster-tablet", "muster/cmd/muster-sim")
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return In(dir), nil
}
