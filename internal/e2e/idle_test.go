package e2e_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// A crowd of tablets that is cut off at once comes back without a failed round:
// each attempt that reaches the cloud, once it is there again, becomes a session.
func TestCrowdComesBack(t *testing.T) {
	t.Parallel()
	const tablets = 40
	ctx := patient(t)
	cmd := exec.CommandContext(ctx, programs.Sim, "idle", "-n", strconv.Itoa(tablets), "--settle", "100ms", "--watch", "1s", "--storm", "1s", "--restart", "--json",
		"--bin", filepath.Dir(programs.Sim), "--dir", filepath.Join(t.TempDir(), "crowd"))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type held struct {
		With struct{ RSS uint64 } `json:"with"`
	}
	var f struct {
		Tablets int
		Cloud   held
		Bare    *held
		Storms  []struct {
			Name           string `json:"name"`
			Rounds, Failed int
			Reasons        map[string]int
		}
	}
	if err := json.Unmarshal(out, &f); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if f.Tablets != tablets || f.Cloud.With.RSS == 0 || f.Bare == nil || f.Bare.With.RSS == 0 || len(f.Storms) != 2 {
		t.Fatalf("figures: %s", out)
	}
	for _, s := range f.Storms {
		if s.Rounds != tablets || s.Failed != 0 {
			t.Errorf("%s: %d rounds for %d tablets, %d failed: %v", s.Name, s.Rounds, tablets, s.Failed, s.Reasons)
		}
	}
}
