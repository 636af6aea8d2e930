package layers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// On a machine on which nothing was set up, scripts/build names what is missing and
// who brings it; where everything is there, the compiler's own words are enough.
func TestBuildSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../scripts/build")
	if err != nil {
		t.Fatal(err)
	}
	failing, good := "#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 0\n"
	for name, c := range map[string]struct {
		tools map[string]string
		kit   bool
		want  []string // none: nothing is said of a set-up
		works bool
	}{
		"nothing":            {nil, false, []string{"  go\n", "  gcc\n", "  pkg-config\n", "stylesheet"}, false},
		"no stylesheet":      {map[string]string{"go": good, "gcc": good, "pkg-config": good}, false, []string{"stylesheet"}, false},
		"no compiler":        {map[string]string{"go": failing}, true, []string{"  gcc\n", "  pkg-config\n"}, false},
		"no libraries":       {map[string]string{"go": failing, "gcc": good, "pkg-config": failing}, true, []string{"the library libnfc\n"}, false},
		"an error in a file": {map[string]string{"go": failing, "gcc": good, "pkg-config": good}, true, nil, false},
		"everything":         {map[string]string{"go": good, "gcc": good, "pkg-config": good}, true, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write := func(path, content string, mode os.FileMode) {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), mode); err != nil {
					t.Fatal(err)
				}
			}
			write("scripts/build", string(script), 0o755)
			for tool, does := range c.tools {
				write("tools/"+tool, does, 0o755)
			}
			for _, tool := range []string{"dirname", "sed"} {
				at, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				write("tools/"+tool, "#!/bin/sh\nexec "+at+" \"$@\"\n", 0o755)
			}
			if c.kit {
				write("cloud/console/assets/kit/.stamp", "", 0o644)
				write("cloud/letter/fonts/regular.ttf", "", 0o644)
			}
			cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(root, "scripts/build"))
			cmd.Env = []string{"PATH=" + filepath.Join(root, "tools")}
			out, err := cmd.CombinedOutput()
			if (err == nil) != c.works {
				t.Errorf("%v: %s", err, out)
			}
			if says := strings.Contains(string(out), "scripts/setup"); says != (c.want != nil) {
				t.Errorf("says %s", out)
			}
			for _, w := range c.want {
				if !strings.Contains(string(out), w) {
					t.Errorf("no %q in %s", w, out)
				}
			}
		})
	}
}
